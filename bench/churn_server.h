// SPDX-License-Identifier: MIT
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <vector>

#include "bench/bell.h"
#include "bench/fault.h"
#include "bench/listener.h"
#include "bench/planted_work.h"
#include "bench/service.h"
#include "reactors/base/unique_fd.h"

namespace loopmark::bench {

/// Accepts a connection, sends back the one byte that comes, and closes it when the other end has.
/// One connection is accepted for each call that there is one, so that none waits for others to
/// come. A service of a carrier.
class ChurnServer {
 public:
  /// So many connections are open at a time. A connection costs `planted_steps`.
  ChurnServer(SocketKind kind, std::size_t slots, std::uint64_t planted_steps)
      : listener_(kind, static_cast<int>(2 * slots)), planted_steps_(planted_steps) {}

  const Listener& listener() const { return listener_; }

  /// From now on it is done when the bell was rung and all connections are closed, or something goes
  /// wrong.
  void begin() {
    bell_.heard();
    rung_ = false;
  }
  Bell& bell() { return bell_; }
  bool done() const { return (rung_ && open_ == 0) || fault_; }

  /// Throws WorkIsWrong.
  void verify() const { fault_.check(); }
  /// Connections in which the byte was sent back.
  std::uint64_t served() const { return served_; }

  template <class Loop>
  void open(Loop& loop) {
    loop.want(kListener, listener_.descriptor(), Want::kRead);
    loop.want(kBell, bell_.descriptor(), Want::kRead);
  }

  template <class Loop>
  void readable(std::size_t i, Loop& loop) {
    if (i == kListener) return accept(loop);
    if (i == kBell) {
      rung_ = rung_ || bell_.heard();
      return;
    }
    UniqueFd& fd = connections_[i - kFirst];
    char byte;
    const ssize_t count = ::read(fd.get(), &byte, 1);
    if (count == 1) {
      planted_work(planted_steps_);
      if (::send(fd.get(), &byte, 1, MSG_NOSIGNAL) == 1) ++served_;
    } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
      loop.forget(i);
      fd.reset();
      free_.push_back(i - kFirst);
      --open_;
    }
  }

  template <class Loop>
  void writable(std::size_t, Loop&) {}

 private:
  enum : std::size_t { kListener, kBell, kFirst };

  template <class Loop>
  void accept(Loop& loop) {
    UniqueFd fd(listener_.accept_waiting());
    if (!fd) {
      if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
        fault_.set("a connection cannot be accepted");
      }
      return;
    }
    if (free_.empty()) {
      free_.push_back(connections_.size());
      connections_.emplace_back();
    }
    const std::size_t i = free_.back();
    free_.pop_back();
    loop.want(kFirst + i, fd.get(), Want::kRead);
    connections_[i] = std::move(fd);
    ++open_;
  }

  Listener listener_;
  std::uint64_t planted_steps_;
  std::vector<UniqueFd> connections_;
  std::vector<std::size_t> free_;  // among them
  std::size_t open_ = 0;
  std::uint64_t served_ = 0;
  Bell bell_;
  bool rung_ = true;
  Fault fault_;
};

}  // namespace loopmark::bench
