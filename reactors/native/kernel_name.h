// SPDX-License-Identifier: MIT
#pragma once

#include <unistd.h>

#include <string>

namespace loopmark {

/// What the kernel calls the file behind `fd` ("anon_inode:[eventpoll]"), from /proc.
inline std::string kernel_name(int fd) {
  char name[256];
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t length = ::readlink(link.c_str(), name, sizeof name);
  if (length < 0) return "fd " + std::to_string(fd);
  return {name, static_cast<std::size_t>(length)};
}

}  // namespace loopmark
