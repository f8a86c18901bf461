// SPDX-License-Identifier: MIT
#pragma once

#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "reactors/base/failure.h"

namespace loopmark {

/// Removes the file of a socket. Answers why it is still there; that it was gone already is no failure.
inline Failure remove_socket_file(const std::string& path) noexcept {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return Failure::made_by([&path, error = errno] {
    return std::system_error(error, std::generic_category(), "cannot remove " + path);
  });
}

}  // namespace loopmark
