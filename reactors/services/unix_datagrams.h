// SPDX-License-Identifier: MIT
//
// Datagrams over UNIX sockets, as Twisted's IReactorUNIXDatagram:
//
//   query<ReactorUNIXDatagram>(reactor).connect_unix_datagram("/dev/log", protocol);
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "reactors/services/datagram.h"
#include "reactors/services/listening_port.h"
#include "reactors/services/query.h"

namespace loopmark {

/// Ports for datagrams by a path, as those of ReactorUNIX; otherwise as ReactorUDP. A port's file gets the mode asked for, and
/// is removed when the port closes, be it the reactor's stop that does it (UNIX-DG-02). Both calls throw CannotListenError,
/// also for a path that exists already (EADDRINUSE), and std::system_error (ENAMETOOLONG). Reactor thread.
class ReactorUNIXDatagram {
 public:
  virtual ~ReactorUNIXDatagram() = default;

  virtual std::shared_ptr<ListeningPort> listen_unix_datagram(
      const std::string& path, std::shared_ptr<DatagramProtocol> protocol,
      std::size_t max_packet_size = 8192, mode_t mode = 0666) = 0;

  /// A port that is connected with the socket at `path`. Only if it has a path of its own, `bind_path`, can it be answered; ""
  /// is none. Throws std::system_error when nobody is at `path`. When that socket is closed later, connection_refused() tells
  /// so, until there is another at the path; the port goes on with that.
  virtual std::shared_ptr<ListeningPort> connect_unix_datagram(
      const std::string& path, std::shared_ptr<DatagramProtocol> protocol,
      std::size_t max_packet_size = 8192, mode_t mode = 0666,
      const std::string& bind_path = "") = 0;
};

template <>
std::shared_ptr<ReactorUNIXDatagram> adapt<ReactorUNIXDatagram>(Reactor& reactor);

}  // namespace loopmark
