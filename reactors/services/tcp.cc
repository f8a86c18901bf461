// SPDX-License-Identifier: MIT
#include "reactors/services/tcp.h"

#include "reactors/services/open_sockets.h"
#include "reactors/services/stream_connector.h"
#include "reactors/services/stream_port.h"

namespace loopmark {
namespace {

class TCP final : public ReactorTCP {
 public:
  explicit TCP(Reactor& reactor) : sockets_(OpenSockets::of(reactor)) {}

  std::shared_ptr<ListeningPort> listen_tcp(std::uint16_t port, std::shared_ptr<Factory> factory,
                                            int backlog, const std::string& interface) override {
    if (!factory) throw std::invalid_argument("listen_tcp: no factory");
    const auto listening = std::make_shared<StreamPort>(sockets_, ip_address(interface, port),
                                                        std::move(factory), backlog);
    listening->start_listening();
    return listening;
  }

  std::shared_ptr<Connector> connect_tcp(const std::string& host, std::uint16_t port,
                                         std::shared_ptr<ClientFactory> factory,
                                         const ConnectOptions& options) override {
    if (!factory) throw std::invalid_argument("connect_tcp: no factory");
    std::optional<Address> bind_to;
    if (!options.bind_host.empty() || options.bind_port != 0)
      bind_to = ip_address(options.bind_host, options.bind_port);
    const Address destination = parse_ip(host, port).value_or(IPv4Address{host, port});
    const auto connector = std::make_shared<StreamConnector>(
        sockets_, destination, std::move(factory), options.timeout, std::move(bind_to));
    connector->connect();
    return connector;
  }

 private:
  OpenSockets& sockets_;
};

}  // namespace

template <>
std::shared_ptr<ReactorTCP> adapt<ReactorTCP>(Reactor& reactor) {
  return std::make_shared<TCP>(reactor);
}

}  // namespace loopmark
