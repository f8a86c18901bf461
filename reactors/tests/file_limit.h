// SPDX-License-Identifier: MIT
//
// How many files the process may have open, for a test of what happens at that limit.
#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "reactors/base/check.h"
#include "reactors/base/unique_fd.h"

namespace loopmark {

/// The number the next descriptor will have.
inline int lowest_free_number() {
  return UniqueFd(check_call(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0), "fcntl")).get();
}

/// While it lives, the process may use the numbers below `most` only.
class FileLimit {
 public:
  explicit FileLimit(int most) {
    check_call(::getrlimit(RLIMIT_NOFILE, &before_), "getrlimit");
    const rlimit now{static_cast<rlim_t>(most), before_.rlim_max};
    check_call(::setrlimit(RLIMIT_NOFILE, &now), "setrlimit");
  }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;
  ~FileLimit() { ::setrlimit(RLIMIT_NOFILE, &before_); }

  /// Whether the process may raise its limit so far.
  static bool can_be(int most) {
    rlimit limit{};
    check_call(::getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
    return limit.rlim_max >= static_cast<rlim_t>(most);
  }

 private:
  rlimit before_{};
};

}  // namespace loopmark
