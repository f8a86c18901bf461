// SPDX-License-Identifier: MIT
//
// UNIX stream sockets, as Twisted's IReactorUNIX:  query<ReactorUNIX>(reactor).listen_unix("/run/socket", factory);
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <string>

#include "reactors/services/connector.h"
#include "reactors/services/factory.h"
#include "reactors/services/listening_port.h"
#include "reactors/services/query.h"

namespace loopmark {

/// Listening and connecting by a path; one that begins with NUL is in Linux's abstract namespace (unix(7)). Otherwise as
/// ReactorTCP. Reactor thread.
class ReactorUNIX {
 public:
  virtual ~ReactorUNIX() = default;

  /// The socket's file gets `mode`, and is removed when the port closes. Throws CannotListenError, also for a path that
  /// exists already (EADDRINUSE), and std::system_error (ENAMETOOLONG).
  virtual std::shared_ptr<ListeningPort> listen_unix(const std::string& path,
                                                     std::shared_ptr<Factory> factory,
                                                     int backlog = 50, mode_t mode = 0666) = 0;

  /// Throws std::system_error (ENAMETOOLONG). All else is told to the factory.
  virtual std::shared_ptr<Connector> connect_unix(const std::string& path,
                                                  std::shared_ptr<ClientFactory> factory,
                                                  Duration timeout = std::chrono::seconds(30)) = 0;
};

template <>
std::shared_ptr<ReactorUNIX> adapt<ReactorUNIX>(Reactor& reactor);

}  // namespace loopmark
