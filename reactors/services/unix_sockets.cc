// SPDX-License-Identifier: MIT
#include "reactors/services/unix_sockets.h"

#include "reactors/services/open_sockets.h"
#include "reactors/services/stream_connector.h"
#include "reactors/services/stream_port.h"

namespace loopmark {
namespace {

/// A path is wrong here and now, not when something listens.
UNIXAddress checked(const std::string& path) {
  if (path.empty()) throw std::invalid_argument("a UNIX socket needs a path");
  static_cast<void>(SocketAddress(UNIXAddress{path}));
  return {path};
}

class UNIX final : public ReactorUNIX {
 public:
  explicit UNIX(Reactor& reactor) : sockets_(OpenSockets::of(reactor)) {}

  std::shared_ptr<ListeningPort> listen_unix(const std::string& path,
                                             std::shared_ptr<Factory> factory, int backlog,
                                             mode_t mode) override {
    if (!factory) throw std::invalid_argument("listen_unix: no factory");
    const auto port =
        std::make_shared<StreamPort>(sockets_, checked(path), std::move(factory), backlog, mode);
    port->start_listening();
    return port;
  }

  std::shared_ptr<Connector> connect_unix(const std::string& path,
                                          std::shared_ptr<ClientFactory> factory,
                                          Duration timeout) override {
    if (!factory) throw std::invalid_argument("connect_unix: no factory");
    const auto connector = std::make_shared<StreamConnector>(
        sockets_, checked(path), std::move(factory), timeout, std::nullopt);
    connector->connect();
    return connector;
  }

 private:
  OpenSockets& sockets_;
};

}  // namespace

template <>
std::shared_ptr<ReactorUNIX> adapt<ReactorUNIX>(Reactor& reactor) {
  return std::make_shared<UNIX>(reactor);
}

}  // namespace loopmark
