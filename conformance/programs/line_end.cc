// SPDX-License-Identifier: MIT
#include "conformance/programs/line_end.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "conformance/probe.h"

namespace loopmark::conformance::programs {
namespace {

constexpr std::size_t kReadAtOnce = 4;

class HalfCloseableLineEnd final : public LineEnd, public HalfCloseable {
 public:
  using LineEnd::LineEnd;
  void read_connection_lost(const Failure&) override { end_of_reading(); }
  void write_connection_lost(const Failure&) override {}
};

}  // namespace

LineEnd::LineEnd(Performance& performance, UniqueFd near, UniqueFd far, Watched watched)
    : performance_(performance),
      near_(std::move(near)),
      far_(std::move(far)),
      state(std::move(watched)) {}

Progress LineEnd::do_read() {
  return performance_.call([this] { return read(); });
}

Progress LineEnd::do_write() {
  return performance_.call([this] { return write(); });
}

void LineEnd::connection_lost(const Failure&) {
  performance_.call([this] {
    performance_.model().lost(state);
    performance_.execute_body(std::exchange(on_lost, {}));
  });
}

void LineEnd::end_of_reading() {
  performance_.call([this] {
    performance_.model().read_lost(state);
    run_body(on_lost);
  });
}

void LineEnd::close() {
  near_.reset();
  far_.reset();
}

Progress LineEnd::read() {
  performance_.model().read(state);
  char bytes[kReadAtOnce];
  const ssize_t count = ::read(near_.get(), bytes, sizeof bytes);
  const auto expected = static_cast<ssize_t>(std::min(sizeof bytes, state.bytes));
  if (count != expected) throw Broken{state.name + ": the socket gives other bytes than were put"};
  if (count == 0) {
    if (state.half_closeable) {
      ++state.ends_owed;
      state.reading = false;
    } else {
      lose();
    }
    return Progress::lost(Failure::of(ConnectionDone()));
  }
  state.bytes -= static_cast<std::size_t>(count);
  run_body(on_read);
  return Progress::more();
}

Progress LineEnd::write() {
  performance_.model().wrote(state);
  if (--state.writes_left == 0) performance_.reactor().remove_writer(*this);
  run_body(on_write);
  return Progress::more();
}

/// One that throws disconnects (FD-ERR-02).
void LineEnd::run_body(Program& body) {
  try {
    performance_.execute_body(std::exchange(body, {}));
  } catch (const Thrown&) {
    lose();
    throw;
  }
}

void LineEnd::lose() {
  ++state.losses_owed;
  state.leave();
}

std::shared_ptr<LineEnd> new_line(Performance& performance, int number) {
  auto [near, far] = socket_pair();
  Watched watched{.name = "line " + std::to_string(number), .half_closeable = number >= kLines / 2};
  if (watched.half_closeable) {
    return std::make_shared<HalfCloseableLineEnd>(performance, std::move(near), std::move(far),
                                                  std::move(watched));
  }
  return std::make_shared<LineEnd>(performance, std::move(near), std::move(far),
                                   std::move(watched));
}

}  // namespace loopmark::conformance::programs
