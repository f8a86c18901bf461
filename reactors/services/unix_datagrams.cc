// SPDX-License-Identifier: MIT
#include "reactors/services/unix_datagrams.h"

#include <stdexcept>
#include <utility>

#include "reactors/services/datagram_port.h"

namespace loopmark {
namespace {

class UNIXDatagrams final : public ReactorUNIXDatagram {
 public:
  explicit UNIXDatagrams(Reactor& reactor) : sockets_(OpenSockets::of(reactor)) {}

  std::shared_ptr<ListeningPort> listen_unix_datagram(const std::string& path,
                                                      std::shared_ptr<DatagramProtocol> protocol,
                                                      std::size_t max_packet_size,
                                                      mode_t mode) override {
    if (path.empty()) throw std::invalid_argument("a port for datagrams needs a path");
    const auto port = made(path, std::move(protocol), max_packet_size, mode);
    port->start_listening();
    return port;
  }

  std::shared_ptr<ListeningPort> connect_unix_datagram(const std::string& path,
                                                       std::shared_ptr<DatagramProtocol> protocol,
                                                       std::size_t max_packet_size, mode_t mode,
                                                       const std::string& bind_path) override {
    const auto port = made(bind_path, std::move(protocol), max_packet_size, mode);
    port->connect_at_start(UNIXAddress{path});
    port->start_listening();
    return port;
  }

 private:
  std::shared_ptr<DatagramPort> made(const std::string& path,
                                     std::shared_ptr<DatagramProtocol> protocol,
                                     std::size_t max_packet_size, mode_t mode) {
    static_cast<void>(SocketAddress(UNIXAddress{path}));  // too long: wrong here and now
    return std::make_shared<DatagramPort>(sockets_, UNIXAddress{path}, std::move(protocol),
                                          max_packet_size, mode);
  }

  OpenSockets& sockets_;
};

}  // namespace

template <>
std::shared_ptr<ReactorUNIXDatagram> adapt<ReactorUNIXDatagram>(Reactor& reactor) {
  return std::make_shared<UNIXDatagrams>(reactor);
}

}  // namespace loopmark
