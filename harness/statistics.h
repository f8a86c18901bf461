// SPDX-License-Identifier: MIT
//
// How two arms are compared. On a machine that others share, its speed drifts by tens of per cent
// within seconds, so means of two blocks say little. Each round therefore runs every arm once,
// close together in time; what is kept is the logarithm of the ratio in each round, and its median,
// which a few disturbed rounds cannot move.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace loopmark::harness {

/// The value below which the fraction `q` (0 to 1) of `values` lies, between neighbours by straight
/// line; 0.5 is the median. Undefined for no values.
double quantile(std::vector<double> values, double q);

/// The median; of what is 0 in half the slots and not in all, such as timers that came early, the mean,
/// as the median would hide it. Undefined for no values.
double typical(const std::vector<double>& values);

/// Positions, from 0, in the sorted values of a sample.
struct Ranks {
  std::size_t low;
  std::size_t high;
};

/// The two order statistics of `count` values that enclose the median of what they were drawn from
/// with at least the probability `confidence`. No distribution is assumed: each value lies below
/// the median with probability 1/2, so the number of those that do is Binomial(count, 1/2). Nothing
/// when even the smallest and the largest enclose it too seldom; at 0.99 that is below 8 values.
std::optional<Ranks> median_ranks(std::size_t count, double confidence);

/// What an arm takes, as a multiple of what the baseline takes.
struct Ratio {
  double value;
  double low;  // the interval; 0 and infinity when there are too few rounds for one
  double high;
  std::size_t rounds;

  /// Half the width of the interval, as a fraction of the value: 0.01 is +-1 %.
  double relative_half_width() const;
};

/// The median of the rounds' ratios arm[i] / baseline[i], all positive and measured in the same
/// round. Undefined for no rounds, or for different numbers of them.
Ratio paired_ratio(std::span<const double> arm, std::span<const double> baseline,
                   double confidence = 0.99);

enum class Comparison { kFaster, kSlower, kSame, kUndecided };

/// The word that tables and files use.
std::string_view to_string(Comparison verdict);

/// Whether it says that there is a difference: faster or slower.
bool is_decided(Comparison verdict);

/// `margin` is the smallest difference that matters (0.01: 1 %). Faster and slower need the
/// interval to exclude 1 and the ratio to reach the margin; same needs the whole interval within
/// it; with fewer than `least_rounds`, and else, undecided.
Comparison judge(const Ratio& ratio, double margin, std::size_t least_rounds);

/// The probability that two samples of one distribution differ in rank as far as `a` and `b` do, by
/// Mann and Whitney's test with the normal approximation. What benchmarks that run one block after
/// another commonly judge by; here only to show how that fails. Undefined for fewer than 8 values.
double rank_sum_probability(std::span<const double> a, std::span<const double> b);

/// The exponent b of y = a * x^b, by least squares over the logarithms of the points (x, y), all of
/// them positive. Undefined for fewer than two different x.
double growth_exponent(std::span<const std::pair<double, double>> points);

/// The correlation of neighbours in `values`, by their ranks, so that a few disturbed ones cannot
/// hide what the rest do; 0 for fewer than 3.
double autocorrelation(std::span<const double> values);

}  // namespace loopmark::harness
