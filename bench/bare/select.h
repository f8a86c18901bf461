// SPDX-License-Identifier: MIT
#pragma once

#include <sys/select.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "bench/workload.h"
#include "reactors/base/check.h"

namespace loopmark::bench::bare {

/// The least that a loop over select(2) can be.
class Select {
 public:
  static constexpr std::string_view kName = "bare/select";

  Select() { FD_ZERO(&watched_); }

  /// `i` counts up from 0.
  void watch(int fd, std::size_t) {
    if (fd >= FD_SETSIZE) {
      throw Refused("cannot watch descriptor " + std::to_string(fd) + ": an fd_set ends at " +
                    std::to_string(FD_SETSIZE - 1));
    }
    FD_SET(fd, &watched_);
    numbers_.push_back(fd);
    end_ = std::max(end_, fd + 1);
  }

  template <class OnReadable>
  void pass(OnReadable on_readable) {
    fd_set ready = watched_;
    int left = ::select(end_, &ready, nullptr, nullptr, nullptr);
    if (left < 0 && errno != EINTR) throw_errno("select");
    for (std::size_t i = 0; left > 0; ++i) {
      if (!FD_ISSET(numbers_[i], &ready)) continue;
      --left;
      on_readable(i);
    }
  }

 private:
  fd_set watched_;
  int end_ = 0;
  std::vector<int> numbers_;
};

}  // namespace loopmark::bench::bare
