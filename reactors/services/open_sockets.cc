// SPDX-License-Identifier: MIT
#include "reactors/services/open_sockets.h"

#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "reactors/errors.h"
#include "reactors/services/log.h"
#include "reactors/services/query.h"
#include "reactors/services/report.h"

namespace loopmark {

template <>
std::shared_ptr<OpenSockets> adapt<OpenSockets>(Reactor& reactor) {
  return std::make_shared<OpenSockets>(reactor);
}

OpenSockets& OpenSockets::of(Reactor& reactor) {
  return query<OpenSockets>(reactor);
}

OpenSockets::~OpenSockets() {
  for (const auto& left : {std::exchange(sockets_, {}), std::exchange(ending_, {})}) {
    for (const std::shared_ptr<Socket>& socket : left) socket->abandon();
  }
}

void OpenSockets::add(std::shared_ptr<Socket> socket) {
  if (!ends_at_shutdown_) end_at_shutdown();
  sockets_.insert(std::move(socket));
}

void OpenSockets::end_at_shutdown() {
  // After the reactor's own action of this phase, which ends those that are registered.
  reactor_.add_system_event_trigger(Phase::kDuring, "shutdown", [this] { end_all(); });
  ends_at_shutdown_ = true;
}

void OpenSockets::end_all() {
  // Without memory they are told all the same.
  const Failure stopped =
      Failure::made_by([] { return ConnectionLost("the reactor was stopped"); });
  ending_.swap(sockets_);
  while (!ending_.empty()) {
    const std::shared_ptr<Socket> socket = std::move(ending_.extract(ending_.begin()).value());
    reactor_.remove_reader(*socket);
    reactor_.remove_writer(*socket);
    guarded(
        reactor_, [&] { return socket->log_prefix(); }, [&] { socket->reactor_stopped(stopped); });
  }
  // What was opened meanwhile, such as a new attempt to connect, belongs to the next run.
  ends_at_shutdown_ = false;
  if (sockets_.empty()) return;
  reactor_.add_system_event_trigger(Phase::kBefore, "startup", [this] {
    ends_at_shutdown_ = false;
    end_at_shutdown();
  });
  ends_at_shutdown_ = true;
}

void OpenSockets::hold_reserve() {
  if (!reserve_) reserve_.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (reserve_) return;
  const int error = errno;
  guarded(
      reactor_, [] { return "log"; },
      [&] {
        query<ReactorLog>(reactor_).write(std::string("no descriptor is held in reserve: ") +
                                          std::strerror(error));
      });
}

}  // namespace loopmark
