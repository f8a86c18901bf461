// SPDX-License-Identifier: MIT
#include "conformance/programs/side.h"

#include <sys/socket.h>

#include <utility>

#include "reactors/base/check.h"

namespace loopmark::conformance::programs {
namespace {

constexpr int kKernelBuffer = 8 * 1024;  // of a UNIX socket: soon full

class AwareSide final : public Side, public HalfCloseableProtocol {
 public:
  using Side::Side;
  void read_connection_lost() override {
    performance_.call([this] {
      model_.read_lost(who_);
      run_body(on_end);
    });
  }
  void write_connection_lost() override {
    performance_.call([this] {
      model_.write_lost(who_);
      run_body(on_end);
    });
  }
};

Reason kind_of(const Failure& reason) {
  if (reason.is<Thrown>()) return Reason::kThrown;
  if (reason.is<ConnectionDone>()) return Reason::kDone;
  if (reason.is<ConnectionAborted>()) return Reason::kAborted;
  if (reason.is<ConnectionLost>()) return Reason::kLost;
  throw Broken{"a connection ended for a reason that is none: " + reason.message() + " (ERR-09)"};
}

}  // namespace

void Side::connection_made() {
  performance_.call([this] {
    if (!wire()) throw Broken{"connection_made() without a transport (XP-PROTO-03)"};
    model_.made(who_);
    prepare_transport();
    run_body(on_made);
  });
}

void Side::data_received(std::string_view data) {
  performance_.call([&] {
    model_.received(who_, data);
    run_body(on_data);
  });
}

void Side::connection_lost(const Failure& reason) {
  performance_.call([&] {
    model_.lost(who_, kind_of(reason));
    performance_.execute_body(std::exchange(on_end, {}));
  });
}

void Side::run_body(Program& body) {
  try {
    performance_.execute_body(std::exchange(body, {}));
  } catch (const Thrown&) {
    model_.threw(who_);
    throw;
  }
}

/// Over TCP nothing is to wait for the kernel's timers; over a UNIX socket the queue is to fill.
void Side::prepare_transport() {
  wire()->set_buffer_limit(ConnectionModel::kQueueLimit);
  if (is_over_tcp_) return wire()->set_tcp_no_delay(true);
  check_call(::setsockopt(descriptor()->fileno(), SOL_SOCKET, SO_SNDBUF, &kKernelBuffer,
                          sizeof kKernelBuffer),
             "setsockopt");
}

std::shared_ptr<Side> new_side(Performance& performance, ConnectionModel& model, Who who,
                               bool is_over_tcp, bool is_aware) {
  if (is_aware) return std::make_shared<AwareSide>(performance, model, who, is_over_tcp);
  return std::make_shared<Side>(performance, model, who, is_over_tcp);
}

}  // namespace loopmark::conformance::programs
