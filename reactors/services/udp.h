// SPDX-License-Identifier: MIT
//
// UDP, as Twisted's IReactorUDP:  query<ReactorUDP>(reactor).listen_udp(5353, protocol);
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "reactors/services/datagram.h"
#include "reactors/services/listening_port.h"
#include "reactors/services/query.h"

namespace loopmark {

/// Ports for datagrams, servers and clients alike. Multicast is not offered (UDP-20). Reactor thread.
class ReactorUDP {
 public:
  virtual ~ReactorUDP() = default;

  /// Binds `port` (0: the system chooses) of `interface`, an IP literal ("": all of IPv4), and calls start_protocol(), whose
  /// exceptions reach the caller. Received datagrams are cut off at `max_packet_size` bytes (UDP-21). Throws CannotListenError,
  /// InvalidAddressError when `interface` is no literal, and std::invalid_argument for a size of 0; nothing is started
  /// then. The reactor shares ownership of the port, and that of the protocol, while it listens.
  virtual std::shared_ptr<ListeningPort> listen_udp(std::uint16_t port,
                                                    std::shared_ptr<DatagramProtocol> protocol,
                                                    const std::string& interface = "",
                                                    std::size_t max_packet_size = 8192) = 0;
};

template <>
std::shared_ptr<ReactorUDP> adapt<ReactorUDP>(Reactor& reactor);

}  // namespace loopmark
