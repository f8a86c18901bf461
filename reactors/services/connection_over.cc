// SPDX-License-Identifier: MIT
#include "reactors/services/connection_over.h"

#include <sys/socket.h>

#include "reactors/services/socket_options.h"
#include "reactors/services/unix_connection.h"

namespace loopmark {

std::shared_ptr<StreamConnection> connection_over(UniqueFd fd, OpenSockets& sockets,
                                                  const std::string& role) {
  if (socket_option(fd.get(), SOL_SOCKET, SO_DOMAIN) == AF_UNIX)
    return std::make_shared<UNIXConnection>(sockets, std::move(fd), role);
  return std::make_shared<StreamConnection>(sockets, std::move(fd), role);
}

}  // namespace loopmark
