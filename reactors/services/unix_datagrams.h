// SPDX-License-Identifier: MIT
//
// Datagrams over UNIX sockets, as Twisted's IReactorUNIXDatagram.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "reactors/services/datagram.h"
#include "reactors/services/listening_port.h"
#include "reactors/services/query.h"

namespace loopmark {

/// Otherwise as ReactorUDP; paths are those of ReactorUNIX. Reactor thread.
class ReactorUNIXDatagram {
 public:
  virtual ~ReactorUNIXDatagram() = default;

  /// The socket's file gets `mode`, and is removed when the port closes.
  virtual std::shared_ptr<ListeningPort> listen_unix_datagram(
      const std::string& path, std::shared_ptr<DatagramProtocol> protocol,
      std::size_t max_packet_size = 8192, mode_t mode = 0666) = 0;

  /// A port whose peer is the socket at `path`. It can be answered if it has a path of its own, `bind_path`, whose file is
  /// as that of a port; "": it has none. Throws std::system_error when nobody is there, before start_protocol() is called.
  virtual std::shared_ptr<ListeningPort> connect_unix_datagram(
      const std::string& path, std::shared_ptr<DatagramProtocol> protocol,
      std::size_t max_packet_size = 8192, mode_t mode = 0666,
      const std::string& bind_path = "") = 0;
};

template <>
std::shared_ptr<ReactorUNIXDatagram> adapt<ReactorUNIXDatagram>(Reactor& reactor);

}  // namespace loopmark
