// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

namespace loopmark::bench {

/// Numbers on their way from other threads to the loop's, in the order they were put.
class PostQueue {
 public:
  /// Any thread. Returns whether the loop has to be woken: it has found nothing the last time it
  /// looked, and nobody has woken it since.
  bool put(std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(number);
    return std::exchange(found_nothing_, false);
  }

  /// All there are; valid until the next call. The loop's thread, which may wait after it got none.
  const std::vector<std::uint64_t>& take() {
    taken_.clear();
    const std::lock_guard lock(mutex_);
    taken_.swap(waiting_);
    found_nothing_ = taken_.empty();
    return taken_;
  }

 private:
  std::mutex mutex_;
  bool found_nothing_ = false;
  std::vector<std::uint64_t> waiting_;
  std::vector<std::uint64_t> taken_;  // keeps its memory from one batch to the next
};

}  // namespace loopmark::bench
