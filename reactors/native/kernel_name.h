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
  return length < 0 ? "fd " + std::to_string(fd)
                    : std::string(name, static_cast<std::size_t>(length));
}

}  // namespace loopmark
