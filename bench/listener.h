// SPDX-License-Identifier: MIT
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include "reactors/base/unique_fd.h"

namespace loopmark::bench {

enum class SocketKind { kTcp, kUnix };

/// How a connection is closed by who has asked for it: a reset (RST) leaves nothing behind; an orderly
/// end (FIN) leaves TCP a TIME_WAIT of a minute.
enum class Ending { kReset, kOrderly };

/// Listens for connections from this process: on a port of 127.0.0.1 that is free, or at an abstract
/// UNIX address, which leaves no file behind. Non-blocking. All functions throw std::system_error.
class Listener {
 public:
  /// So many connections may wait to be accepted.
  Listener(SocketKind kind, int backlog);

  int descriptor() const { return fd_.get(); }

  /// A new connection. Thousands of TIME_WAITs would slow down what is measured next, so it ends with
  /// a reset unless that is what is asked for. Blocking; loopback needs no time to connect as long as
  /// the backlog is not full.
  UniqueFd connect(Ending ending = Ending::kReset) const;

  /// The other end of the next connection; waits for it. Non-blocking, and it sends at once what is
  /// written (TCP_NODELAY).
  UniqueFd accept() const;

  /// The same as accept4(2) does it: does not wait, and returns -1 with errno.
  int accept_waiting() const;

 private:
  SocketKind kind_;
  UniqueFd fd_;
  sockaddr_storage address_{};
  socklen_t length_ = sizeof address_;
};

/// Both throw std::system_error.
void set_no_delay(int tcp_socket);
void make_non_blocking(int fd);

}  // namespace loopmark::bench
