// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "reactors/base/time.h"

namespace loopmark::bench {

/// Timers that are set and moved and never fire prove nothing. So some of them are made to, outside
/// what is timed: a loop that had lost one of them, or cancels nothing, is found out.
class TimerProof {
 public:
  /// For the timers 0 to `timers`, all of them set far off; `most` of them fire in one try.
  TimerProof(std::size_t timers, std::size_t most)
      : expected_(timers), half_(std::min(timers / 2, most)) {}

  /// Some timers are moved to now, which must fire, and as many are moved to now and then
  /// cancelled, which must not. Then `set_again(timer)` is called for each of them. They are others
  /// each time, by and by all. Returns how many were lost.
  template <class Loop, class SetAgain>
  std::size_t run(Loop& loop, SetAgain set_again) {
    const auto place = [&](std::size_t k) { return (first_ + k) % expected_.size(); };
    for (std::size_t k = 0; k < half_; ++k) {
      loop.reset(place(k), Duration::zero());
      loop.cancel(place(k));
    }
    for (std::size_t k = half_; k < 2 * half_; ++k) {
      loop.reset(place(k), Duration::zero());
      expected_[place(k)] = 1;
    }
    left_ = half_;
    if (left_ > 0) loop.run();
    if (left_ > 0) return left_;
    for (std::size_t k = 0; k < 2 * half_; ++k) set_again(place(k));
    first_ = place(half_);  // who was to fire is cancelled next
    return 0;
  }

  /// To be called when `timer` fires. Returns false when it should not have.
  template <class Loop>
  bool fired(Loop& loop, std::size_t timer) {
    if (!expected_[timer]) return false;
    expected_[timer] = 0;
    if (--left_ == 0) loop.stop();
    return true;
  }

 private:
  std::vector<std::uint8_t> expected_;
  std::size_t half_;
  std::size_t first_ = 0;
  std::size_t left_ = 0;
};

}  // namespace loopmark::bench
