// SPDX-License-Identifier: MIT
#pragma once

#include <sys/socket.h>

#include "reactors/base/check.h"

namespace loopmark {

/// An option of the socket `fd` that is a number or a flag (getsockopt(2)). Throws std::system_error.
inline int socket_option(int fd, int level, int name) {
  int value = 0;
  socklen_t length = sizeof value;
  check_call(::getsockopt(fd, level, name, &value, &length), "getsockopt");
  return value;
}

inline void set_socket_option(int fd, int level, int name, int value) {
  check_call(::setsockopt(fd, level, name, &value, sizeof value), "setsockopt");
}

}  // namespace loopmark
