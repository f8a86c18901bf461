// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>

#include "harness/statistics.h"

namespace loopmark::harness {

/// Fewer say little of how far launches lie apart.
inline constexpr std::size_t kLeastLaunches = 8;

/// The median of the rounds' ratios, as paired_ratio() has it, with an interval that holds for other launches, too.
/// Where things lie in memory is the same in all rounds of a launch, of which there are `launch_rounds`, so rounds are not
/// independent: in a ring of 1000 descriptors the interval of the rounds alone called identical programs different in 3
/// of 42 comparisons. Independent rounds of n would be above the median sqrt(n) times more, or less, often than below.
/// The launches' own differences say how far it really varies, and by Student's t with what certainty that is known;
/// the interval's order statistics lie so far from the median, and never nearer than those of independent rounds: the
/// interval of Woodruff (Journal of the American Statistical Association 47, 1952) for clusters. A launch that went badly
/// counts once, however badly. Where launches have two modes, and few were made, it is too narrow: of 8 launches in which one
/// of four is slower, it misses the truth in 9 of 100 cases. With fewer than kLeastLaunches it is the interval of the rounds;
/// where launches decide all, there is none.
Ratio ratio_over_launches(std::span<const double> arm, std::span<const double> baseline,
                          std::size_t launch_rounds, double confidence = 0.99);

/// How far neighbouring launches hang together. The interval above takes launches for independent: with a correlation r it
/// is too narrow by the square root of (1 + r) / (1 - r).
struct LaunchCorrelation {
  double value;  // -1 to 1
  /// Above what independent launches come to in one comparison of a thousand; never with fewer
  /// than 10.
  bool beyond_chance;
};
LaunchCorrelation launch_correlation(std::span<const double> arm, std::span<const double> baseline,
                                     std::size_t launch_rounds);

}  // namespace loopmark::harness
