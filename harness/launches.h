// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>

#include "harness/statistics.h"

namespace loopmark::harness {

/// The median of the rounds' ratios, as paired_ratio() has it, with an interval that holds for other launches, too.
/// Where things lie in memory is the same in all rounds of a launch, of which there are `launch_rounds`, so rounds are not
/// independent: in
/// a ring of 1000 descriptors the launches' medians lay 1.5 times as far apart as their rounds explain, and the
/// interval of the rounds alone called identical programs different in 3 of 42 comparisons. The interval is wider by
/// that factor, where it is above 1. With fewer than 4 launches it is the interval of the rounds.
Ratio ratio_over_launches(std::span<const double> arm, std::span<const double> baseline,
                          std::size_t launch_rounds, double confidence = 0.99);

/// How far neighbouring launches hang together. The interval above takes launches for independent: with a correlation r it
/// is too narrow by the square root of (1 + r) / (1 - r).
struct LaunchCorrelation {
  double value;  // -1 to 1
  bool
      beyond_chance;  // above what independent launches come to in one comparison of a thousand; never with fewer than 9
};
LaunchCorrelation launch_correlation(std::span<const double> arm, std::span<const double> baseline,
                                     std::size_t launch_rounds);

}  // namespace loopmark::harness
