// SPDX-License-Identifier: MIT
#include "harness/launches.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <vector>

namespace loopmark::harness {
namespace {

// A correlation of that many standard errors, each 1 / sqrt(launches), is no chance.
constexpr double kBeyondChance = 3;

/// The logarithm of the ratio in each launch; one that was cut short does not count.
std::vector<double> launches_of(std::span<const double> arm, std::span<const double> baseline,
                                std::size_t launch_rounds) {
  std::vector<double> launches;
  for (std::size_t from = 0; from < arm.size(); from += launch_rounds) {
    const std::size_t rounds = std::min(launch_rounds, arm.size() - from);
    if (rounds <= launch_rounds / 2) continue;
    launches.push_back(
        std::log(paired_ratio(arm.subspan(from, rounds), baseline.subspan(from, rounds)).value));
  }
  return launches;
}

/// The standard deviation of how many more rounds lie above the median than below, by what each launch has of these.
/// Ties, as of histograms' buckets, may leave more on one side: each launch has its share of that.
double spread_of_signs(std::span<const double> ratios, double median, std::size_t launch_rounds) {
  const auto more_above = [median](std::span<const double> some) {
    double more = 0;
    for (const double ratio : some) more += ratio > median ? 1 : ratio < median ? -1 : 0;
    return more;
  };
  const double share = more_above(ratios) / static_cast<double>(ratios.size());
  double squares = 0;
  double launches = 0;
  for (std::size_t from = 0; from < ratios.size(); from += launch_rounds, ++launches) {
    const auto launch = ratios.subspan(from, std::min(launch_rounds, ratios.size() - from));
    const double more = more_above(launch) - share * static_cast<double>(launch.size());
    squares += more * more;
  }
  return std::sqrt(squares * launches / (launches - 1));
}

/// A normal deviate is with the probability `confidence` no further from 0, in standard deviations.
double normal_bound(double confidence) {
  double low = 0;
  double high = 10;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (std::erf(middle / std::sqrt(2.0)) < confidence ? low : high) = middle;
  }
  return high;
}

/// Student's t where a normal distribution has `z`, which is at most 4. From 7 degrees of freedom on it is within 0.3 % at 99 %,
/// and within 1.2 % elsewhere: Gaver and Kafadar, The American Statistician 38, 1984.
double student(double z, double freedom) {
  const double g = (freedom - 1.5) / (freedom - 1) / (freedom - 1);
  return std::sqrt(freedom * std::expm1(g * z * z));
}

}  // namespace

Ratio ratio_over_launches(std::span<const double> arm, std::span<const double> baseline,
                          std::size_t launch_rounds, double confidence) {
  Ratio ratio = paired_ratio(arm, baseline, confidence);
  const std::optional<Ranks> ranks = median_ranks(arm.size(), confidence);
  const std::size_t launches = (arm.size() + launch_rounds - 1) / launch_rounds;
  if (!ranks || launches < kLeastLaunches) return ratio;

  std::vector<double> ratios(arm.size());
  std::transform(arm.begin(), arm.end(), baseline.begin(), ratios.begin(), std::divides<>());
  const double spread = spread_of_signs(ratios, ratio.value, launch_rounds);
  const double of_rounds = static_cast<double>(ranks->high - ranks->low) / 2;
  const double t = student(normal_bound(confidence), static_cast<double>(launches - 1));
  const double half = t * spread / 2;
  if (half <= of_rounds) return ratio;
  const double middle = static_cast<double>(arm.size() - 1) / 2;
  std::sort(ratios.begin(), ratios.end());
  const bool exists = half <= middle;
  ratio.low = exists ? ratios[static_cast<std::size_t>(middle - half)] : 0;
  ratio.high = exists ? ratios[static_cast<std::size_t>(std::ceil(middle + half))]
                      : std::numeric_limits<double>::infinity();
  return ratio;
}

LaunchCorrelation launch_correlation(std::span<const double> arm, std::span<const double> baseline,
                                     std::size_t launch_rounds) {
  const std::vector<double> launches = launches_of(arm, baseline, launch_rounds);
  const double value = autocorrelation(launches);
  return {value, value * std::sqrt(static_cast<double>(launches.size())) > kBeyondChance};
}

}  // namespace loopmark::harness
