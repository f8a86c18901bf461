// SPDX-License-Identifier: MIT
#include "harness/launches.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace loopmark::harness {
namespace {

constexpr std::size_t kRoundsALaunch = 25;

/// The rounds of an arm that takes what the baseline takes, but for noise of the rounds and of the launches.
std::vector<double> rounds_of(std::mt19937_64& random, std::size_t count, double of_launches) {
  std::normal_distribution<double> normal;
  std::vector<double> arm(count);
  double shift = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (i % kRoundsALaunch == 0) shift = of_launches * normal(random);
    arm[i] = std::exp(shift + 0.05 * normal(random));
  }
  return arm;
}

/// In how many of 1000 comparisons an interval does not hold 1, which is the truth.
struct Misses {
  int of_launches = 0;  // by ratio_over_launches()
  int of_rounds = 0;    // by paired_ratio()
};
Misses misses(double of_launches, std::size_t launches = 16) {
  std::mt19937_64 random(7);
  const std::vector<double> baseline(launches * kRoundsALaunch, 1.0);
  const auto misses_one = [](const Ratio& ratio) { return ratio.low > 1 || ratio.high < 1; };
  Misses found;
  for (int i = 0; i < 1000; ++i) {
    const std::vector<double> arm = rounds_of(random, baseline.size(), of_launches);
    found.of_launches += misses_one(ratio_over_launches(arm, baseline, kRoundsALaunch));
    found.of_rounds += misses_one(paired_ratio(arm, baseline));
  }
  return found;
}

TEST(Launches, IntervalHoldsTheTruthThoughLaunchesDiffer) {
  for (const std::size_t launches : {kLeastLaunches, std::size_t{16}, std::size_t{40}}) {
    const Misses differing = misses(0.05, launches);
    EXPECT_LE(differing.of_launches, 15) << launches;
    EXPECT_GE(differing.of_rounds, 200) << launches;  // what the rounds alone would claim
  }
}

TEST(Launches, IntervalIsHardlyWiderWhereTheyDoNot) {
  EXPECT_LE(misses(0).of_launches, 10);
  std::mt19937_64 random(7);
  const std::vector<double> baseline(40 * kRoundsALaunch, 1.0);
  double wider = 0;
  for (int i = 0; i < 100; ++i) {
    const std::vector<double> arm = rounds_of(random, baseline.size(), 0);
    wider += ratio_over_launches(arm, baseline, kRoundsALaunch).relative_half_width() /
             paired_ratio(arm, baseline).relative_half_width() / 100;
  }
  EXPECT_GE(wider, 1);
  EXPECT_LE(wider, 1.2);
}

TEST(Launches, OnesThatWentBadlyCountOnceHoweverBadly) {
  std::mt19937_64 random(7);
  const std::vector<double> baseline(400, 1.0);
  std::vector<double> arm = rounds_of(random, baseline.size(), 0);
  const double undisturbed =
      ratio_over_launches(arm, baseline, kRoundsALaunch).relative_half_width();
  const auto disturbed_by = [&](double times) {
    std::vector<double> disturbed = arm;
    for (std::size_t i = 0; i < 2 * kRoundsALaunch; ++i) disturbed[i] *= times;
    return ratio_over_launches(disturbed, baseline, kRoundsALaunch).relative_half_width();
  };
  EXPECT_LE(disturbed_by(2), 3 * undisturbed);
  EXPECT_DOUBLE_EQ(disturbed_by(2), disturbed_by(200));
}

// As those of histograms' buckets. exp(log(3)) is not 3.
TEST(Launches, TiedRatiosAreNoSignOfLaunches) {
  for (const std::size_t launches : {std::size_t{8}, std::size_t{40}}) {
    const std::vector<double> baseline(launches * kRoundsALaunch, 1.0);
    const std::vector<double> arm(baseline.size(), 3.0);
    const Ratio ratio = ratio_over_launches(arm, baseline, kRoundsALaunch);
    EXPECT_DOUBLE_EQ(ratio.low, 3);
    EXPECT_DOUBLE_EQ(ratio.high, 3);
  }
}

// A launch of each ten is slower.
TEST(Launches, IntervalHoldsTheTruthWhereLaunchesHaveTwoModes) {
  std::mt19937_64 random(7);
  std::bernoulli_distribution is_slow(0.1);
  const std::vector<double> baseline(40 * kRoundsALaunch, 1.0);
  // The median of the mixture of both modes, whose rounds are normal: it is where 0.9 F(x) + 0.1 F(x - 2 s) is a half.
  const double truth = std::exp(0.05 * 0.13105);
  int missed = 0;
  for (int i = 0; i < 1000; ++i) {
    std::vector<double> arm = rounds_of(random, baseline.size(), 0);
    for (std::size_t from = 0; from < arm.size(); from += kRoundsALaunch) {
      if (!is_slow(random)) continue;
      for (std::size_t k = from; k < from + kRoundsALaunch; ++k) arm[k] *= std::exp(0.1);
    }
    const Ratio ratio = ratio_over_launches(arm, baseline, kRoundsALaunch);
    missed += ratio.low > truth || ratio.high < truth;
  }
  EXPECT_LE(missed, 20);
}

TEST(Launches, ThatDecideAllAreTooFewForAnInterval) {
  std::mt19937_64 random(7);
  const std::vector<double> arm = rounds_of(random, kLeastLaunches * kRoundsALaunch, 5);
  const std::vector<double> baseline(arm.size(), 1.0);
  const Ratio ratio = ratio_over_launches(arm, baseline, kRoundsALaunch);
  EXPECT_EQ(ratio.low, 0);
  EXPECT_TRUE(std::isinf(ratio.high));
}

TEST(Launches, FewSayNothingOfHowFarTheyLieApart) {
  std::mt19937_64 random(7);
  const std::vector<double> arm = rounds_of(random, (kLeastLaunches - 1) * kRoundsALaunch, 0.5);
  const std::vector<double> baseline(arm.size(), 1.0);
  const Ratio launches = ratio_over_launches(arm, baseline, kRoundsALaunch);
  const Ratio rounds = paired_ratio(arm, baseline);
  EXPECT_DOUBLE_EQ(launches.low, rounds.low);
  EXPECT_DOUBLE_EQ(launches.high, rounds.high);
}

TEST(Launches, CorrelateBeyondChanceWhereTheyDrift) {
  std::mt19937_64 random(7);
  const std::vector<double> baseline(400, 1.0);
  int by_chance = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::vector<double> arm = rounds_of(random, baseline.size(), 0.05);
    by_chance += launch_correlation(arm, baseline, kRoundsALaunch).beyond_chance;
  }
  EXPECT_LE(by_chance, 5);
  std::vector<double> drifting = rounds_of(random, baseline.size(), 0);
  for (std::size_t i = 0; i < drifting.size(); ++i) drifting[i] += 0.001 * static_cast<double>(i);
  const LaunchCorrelation found = launch_correlation(drifting, baseline, kRoundsALaunch);
  EXPECT_TRUE(found.beyond_chance);
  EXPECT_GT(found.value, 0.75);
}

}  // namespace
}  // namespace loopmark::harness
