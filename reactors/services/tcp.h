// SPDX-License-Identifier: MIT
//
// TCP, as Twisted's IReactorTCP:  query<ReactorTCP>(reactor).listen_tcp(8000, factory);
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "reactors/services/connector.h"
#include "reactors/services/factory.h"
#include "reactors/services/listening_port.h"
#include "reactors/services/query.h"

namespace loopmark {

struct ConnectOptions {
  Duration timeout = std::chrono::seconds(30);  // kNever: as long as the system tries
  std::string bind_host = {};  // where to connect from: an IP literal; "" with bind_port 0: any
  std::uint16_t bind_port = 0;
};

/// Listening and connecting. Nothing blocks. Reactor thread.
class ReactorTCP {
 public:
  virtual ~ReactorTCP() = default;

  /// Listens on `port` (0: the system chooses) of `interface`, an IP literal ("": all of IPv4). The port is bound when
  /// this returns. Throws CannotListenError, and InvalidAddressError when `interface` is no literal; the factory is not
  /// started then. The reactor shares ownership of the port while it listens.
  virtual std::shared_ptr<ListeningPort> listen_tcp(std::uint16_t port,
                                                    std::shared_ptr<Factory> factory,
                                                    int backlog = 50,
                                                    const std::string& interface = "") = 0;

  /// Begins to connect to `host`, a literal or a name. Success and failure are told to the factory, never inside the call.
  /// Throws InvalidAddressError when options.bind_host is no literal.
  virtual std::shared_ptr<Connector> connect_tcp(const std::string& host, std::uint16_t port,
                                                 std::shared_ptr<ClientFactory> factory,
                                                 const ConnectOptions& options = {}) = 0;
};

template <>
std::shared_ptr<ReactorTCP> adapt<ReactorTCP>(Reactor& reactor);

}  // namespace loopmark
