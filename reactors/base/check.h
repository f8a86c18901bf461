// SPDX-License-Identifier: MIT
#pragma once

#include <cerrno>
#include <system_error>

namespace loopmark {

/// Throws the system's error `number` (an errno) with `what` failed.
[[noreturn]] inline void throw_errno(const char* what, int number = errno) {
  throw std::system_error(number, std::generic_category(), what);
}

/// The result of a system call, or its error as std::system_error. `what` names the call.
inline int check_call(int result, const char* what) {
  if (result < 0) throw_errno(what);
  return result;
}

}  // namespace loopmark
