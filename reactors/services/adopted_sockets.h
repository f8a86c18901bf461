// SPDX-License-Identifier: MIT
//
// Sockets and pipes that the application has got from elsewhere, from its parent for example, as Twisted's IReactorSocket
// and StandardIO:
//   query<ReactorSocket>(reactor).adopt_stream_port(fd, factory);
#pragma once

#include <memory>

#include "reactors/services/datagram.h"
#include "reactors/services/factory.h"
#include "reactors/services/listening_port.h"
#include "reactors/services/query.h"
#include "reactors/services/transport.h"

namespace loopmark {

/// Each function works on a duplicate of `fd`, which stays the caller's to close; since both stand for one socket, that
/// becomes non-blocking for either. Those for sockets throw std::system_error when `fd` is none (ENOTSOCK, EBADF),
/// UnsupportedAddressFamily when that is neither IPv4, IPv6 nor UNIX, and std::invalid_argument when it is a socket of
/// another kind. Reactor thread.
class ReactorSocket {
 public:
  virtual ~ReactorSocket() = default;

  /// Serves a stream socket that listens already. stop_listening() closes the duplicate alone: others that hold the socket
  /// go on accepting, and a UNIX socket's file stays.
  virtual std::shared_ptr<ListeningPort> adopt_stream_port(int fd,
                                                           std::shared_ptr<Factory> factory) = 0;

  /// Serves a connected stream socket, with the transport of a server. The factory is neither started nor stopped; what
  /// build_protocol() throws reaches the caller. Answers null when it declines, and has closed the duplicate then. Throws
  /// std::system_error (ENOTCONN) when nobody is connected.
  virtual std::shared_ptr<Transport> adopt_stream_connection(int fd,
                                                             std::shared_ptr<Factory> factory) = 0;

  /// Serves a socket for datagrams that is bound already. Otherwise as adopt_stream_port() and ReactorUDP::listen_udp().
  virtual std::shared_ptr<ListeningPort> adopt_datagram_port(
      int fd, std::shared_ptr<DatagramProtocol> protocol, std::size_t max_packet_size = 8192) = 0;

  /// Serves two pipes (or FIFOs, or terminals) as one connection: `protocol` receives what comes from `reading`, and what it
  /// writes goes to `writing`, 0 and 1 for example. Options of sockets throw. That nobody reads any more is noticed when
  /// something is written. Throws std::system_error (EBADF).
  virtual std::shared_ptr<Transport> adopt_pipes(int reading, int writing,
                                                 std::shared_ptr<Protocol> protocol) = 0;
};

template <>
std::shared_ptr<ReactorSocket> adapt<ReactorSocket>(Reactor& reactor);

}  // namespace loopmark
