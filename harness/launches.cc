// SPDX-License-Identifier: MIT
#include "harness/launches.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace loopmark::harness {
namespace {

constexpr std::size_t kLaunchesForSpread = 4;
// A correlation of that many standard errors, each 1 / sqrt(launches), is no chance.
constexpr double kBeyondChance = 3;
// Half a 99 % interval, in standard errors.
constexpr double kHalfInterval = 2.576;

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

double standard_deviation(const std::vector<double>& values) {
  const auto count = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / (count - 1));
}

/// How much further the launches lie apart than rounds would make them that know nothing of launches.
double clustering(std::span<const double> arm, std::span<const double> baseline,
                  std::size_t launch_rounds) {
  const std::vector<double> launches = launches_of(arm, baseline, launch_rounds);
  if (launches.size() < kLaunchesForSpread) return 1;
  const Ratio rounds = paired_ratio(arm, baseline, 0.99);
  const double expected = std::log(rounds.high / rounds.low) / 2 / kHalfInterval *
                          std::sqrt(static_cast<double>(launches.size()));
  return expected > 0 ? std::max(1.0, standard_deviation(launches) / expected) : 1;
}

}  // namespace

Ratio ratio_over_launches(std::span<const double> arm, std::span<const double> baseline,
                          std::size_t launch_rounds, double confidence) {
  Ratio ratio = paired_ratio(arm, baseline, confidence);
  const double wider = clustering(arm, baseline, launch_rounds);
  ratio.low = ratio.value * std::pow(ratio.low / ratio.value, wider);
  ratio.high = ratio.value * std::pow(ratio.high / ratio.value, wider);
  return ratio;
}

LaunchCorrelation launch_correlation(std::span<const double> arm, std::span<const double> baseline,
                                     std::size_t launch_rounds) {
  const std::vector<double> launches = launches_of(arm, baseline, launch_rounds);
  const double value = autocorrelation(launches);
  return {value, value * std::sqrt(static_cast<double>(launches.size())) > kBeyondChance};
}

}  // namespace loopmark::harness
