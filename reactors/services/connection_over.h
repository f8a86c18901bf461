// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "reactors/services/stream_connection.h"

namespace loopmark {

/// The transport for the connected stream socket `fd`, of the class that its family has. As StreamConnection's constructor.
std::shared_ptr<StreamConnection> connection_over(UniqueFd fd, OpenSockets& sockets,
                                                  const std::string& role);

}  // namespace loopmark
