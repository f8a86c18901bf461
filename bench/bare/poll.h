// SPDX-License-Identifier: MIT
#pragma once

#include <poll.h>

#include <cerrno>
#include <cstddef>
#include <string_view>
#include <vector>

#include "bench/arm.h"
#include "reactors/base/check.h"

namespace loopmark::bench::bare {

/// The least that a loop over poll(2) can be. It looks no further through the array than to the
/// last ready one.
class Poll {
 public:
  static constexpr std::string_view kName = kBarePoll;

  /// `i` counts up from 0.
  void watch(int fd, std::size_t) { polled_.push_back({fd, POLLIN, 0}); }

  template <class OnReadable>
  void pass(OnReadable on_readable) {
    int left = ::poll(polled_.data(), polled_.size(), -1);
    if (left < 0 && errno != EINTR) throw_errno("poll");
    for (std::size_t i = 0; left > 0; ++i) {
      if (polled_[i].revents == 0) continue;
      --left;
      on_readable(i);
    }
  }

 private:
  std::vector<pollfd> polled_;
};

}  // namespace loopmark::bench::bare
