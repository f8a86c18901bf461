// SPDX-License-Identifier: MIT
#include "reactors/services/udp.h"

#include <utility>

#include "reactors/services/datagram_port.h"

namespace loopmark {
namespace {

class UDP final : public ReactorUDP {
 public:
  explicit UDP(Reactor& reactor) : sockets_(OpenSockets::of(reactor)) {}

  std::shared_ptr<ListeningPort> listen_udp(std::uint16_t port,
                                            std::shared_ptr<DatagramProtocol> protocol,
                                            const std::string& interface,
                                            std::size_t max_packet_size) override {
    const auto listening = std::make_shared<DatagramPort>(sockets_, ip_address(interface, port),
                                                          std::move(protocol), max_packet_size);
    listening->start_listening();
    return listening;
  }

 private:
  OpenSockets& sockets_;
};

}  // namespace

template <>
std::shared_ptr<ReactorUDP> adapt<ReactorUDP>(Reactor& reactor) {
  return std::make_shared<UDP>(reactor);
}

}  // namespace loopmark
