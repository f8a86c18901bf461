// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <unordered_set>

#include "reactors/base/unique_fd.h"
#include "reactors/descriptor.h"
#include "reactors/reactor.h"

namespace loopmark {

/// The sockets of one reactor that are open, with what they stand for: connections, ports, attempts to connect. It owns
/// them until they are forgotten. A socket need not be registered with the reactor, as when a connection is paused; so
/// what is left when the reactor stops, hears of it from here. Reactor thread.
class OpenSockets {
 public:
  explicit OpenSockets(Reactor& reactor) : reactor_(reactor) {}
  ~OpenSockets();
  OpenSockets(const OpenSockets&) = delete;
  OpenSockets& operator=(const OpenSockets&) = delete;

  /// The one of `reactor`.
  static OpenSockets& of(Reactor& reactor);

  Reactor& reactor() { return reactor_; }

  /// One of them.
  class Socket : public Descriptor, public std::enable_shared_from_this<Socket> {
   public:
    /// The reactor stops, and the socket is in no set of it any more.
    virtual void reactor_stopped(const Failure& reason) { connection_lost(reason); }
    /// The reactor is being destroyed: break what would keep it alive; call nobody.
    virtual void abandon() = 0;
  };

  /// From here on `socket` lives, and hears of the reactor's stop, until it is forgotten.
  void add(std::shared_ptr<Socket> socket);
  void forget(const std::shared_ptr<Socket>& socket) {
    sockets_.erase(socket);
    ending_.erase(socket);
  }

  /// A descriptor in reserve: given up, it lets one more socket be accepted and closed when the process is out of
  /// descriptors (TCPL-16).
  void hold_reserve();
  void release_reserve() { reserve_.reset(); }

 private:
  void end_at_shutdown();
  void end_all();

  Reactor& reactor_;
  std::unordered_set<std::shared_ptr<Socket>> sockets_;
  std::unordered_set<std::shared_ptr<Socket>> ending_;  // those of the run that is being stopped
  bool ends_at_shutdown_ = false;
  UniqueFd reserve_;
};

}  // namespace loopmark
