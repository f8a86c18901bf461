// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

namespace loopmark {

/// The one clock of every reactor: steady, in nanoseconds. A step of the wall clock moves no deadline.
using Clock = std::chrono::steady_clock;
using Duration = std::chrono::nanoseconds;
using TimePoint = std::chrono::time_point<Clock, Duration>;

/// A delay or a wait without end.
inline constexpr Duration kNever = Duration::max();

/// `from + delay`, which saturates: what lies beyond the clock's range is TimePoint::max(), never the past.
constexpr TimePoint later_by(TimePoint from, Duration delay) {
  if (delay > Duration::zero() && from > TimePoint::max() - delay) return TimePoint::max();
  if (delay < Duration::zero() && from < TimePoint::min() - delay) return TimePoint::min();
  return from + delay;
}

}  // namespace loopmark
