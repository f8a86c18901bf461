// SPDX-License-Identifier: MIT
#include "conformance/programs/lines.h"

#include <sys/socket.h>

#include <algorithm>

#include "conformance/probe.h"

namespace loopmark::conformance::programs {
namespace {

/// How many of `descriptors` are ends of lines.
std::ptrdiff_t ends_in(const std::vector<std::shared_ptr<Descriptor>>& descriptors) {
  return std::count_if(descriptors.begin(), descriptors.end(), [](const auto& each) {
    return dynamic_cast<const LineEnd*>(each.get()) != nullptr;
  });
}

}  // namespace

Lines::Lines(Performance& performance) : performance_(performance) {
  for (int i = 0; i < kLines; ++i) lines_.push_back(open(i));
}

std::shared_ptr<LineEnd> Lines::open(int number) {
  ends_.push_back(new_line(performance_, number));
  return ends_.back();
}

void Lines::execute(const Action& action) {
  using Kind = Action::Kind;
  const int number = action.first % kLines;
  std::shared_ptr<LineEnd>& end = lines_[static_cast<std::size_t>(number)];
  Watched& state = end->state;
  Reactor& reactor = performance_.reactor();
  switch (action.kind) {
    case Kind::kAddReader:
      state.reading = true;
      return reactor.add_reader(end);
    case Kind::kAddWriter:
      state.writes_left = std::max(action.second, 1);
      return reactor.add_writer(end);
    case Kind::kRemoveReader:
      state.reading = false;
      return reactor.remove_reader(*end);
    case Kind::kRemoveWriter:
      state.writes_left = 0;
      return reactor.remove_writer(*end);
    case Kind::kPut:
      return put(*end, std::max(action.second, 1));
    case Kind::kHalfClosePeer:
      if (!state.gone) ::shutdown(end->far().get(), SHUT_WR);
      state.ended = true;
      return;
    case Kind::kClosePeer:
      end->close_far();
      state.ended = state.gone = true;
      return;
    case Kind::kReopen:
      return reopen(end, number);
    case Kind::kOnRead:
      end->on_read = action.body;
      return;
    case Kind::kOnWrite:
      end->on_write = action.body;
      return;
    case Kind::kOnLost:
      end->on_lost = action.body;
      return;
    default:
      return;  // none of a line's
  }
}

void Lines::put(LineEnd& end, int count) {
  if (end.state.ended) return;
  conformance::put(end.far(), std::string(static_cast<std::size_t>(count), 'x'));
  end.state.bytes += static_cast<std::size_t>(count);
}

void Lines::reopen(std::shared_ptr<LineEnd>& end, int number) {
  end->state.leave();
  performance_.reactor().remove_reader(*end);
  performance_.reactor().remove_writer(*end);
  end->close();
  end = open(number);
}

void Lines::removed_all(const std::vector<std::shared_ptr<Descriptor>>& removed) {
  const auto registered = std::count_if(ends_.begin(), ends_.end(),
                                        [](const auto& end) { return end->state.registered(); });
  for (const auto& end : ends_) end->state.leave();
  if (ends_in(removed) != registered)
    throw Broken{"remove_all() does not return what is registered (FD-ALL-01)"};
}

void Lines::reactor_stops() {
  for (const auto& end : ends_) {
    if (!end->state.registered()) continue;
    ++end->state.losses_owed;
    end->state.leave();
  }
}

std::optional<std::string> Lines::owed() const {
  for (const auto& end : ends_) {
    if (auto owed = Model::owed(end->state)) return owed;
  }
  return std::nullopt;
}

void Lines::compare_lists() const {
  const auto count = [this](auto is_counted) {
    return std::count_if(ends_.begin(), ends_.end(), is_counted);
  };
  if (ends_in(performance_.reactor().get_readers()) !=
      count([](const auto& end) { return end->state.reading; })) {
    throw Broken{"get_readers() is wrong (FD-GET-01)"};
  }
  if (ends_in(performance_.reactor().get_writers()) !=
      count([](const auto& end) { return end->state.writes_left > 0; })) {
    throw Broken{"get_writers() is wrong (FD-GET-01)"};
  }
}

}  // namespace loopmark::conformance::programs
