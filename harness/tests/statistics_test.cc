// SPDX-License-Identifier: MIT
#include "harness/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace loopmark::harness {
namespace {

TEST(Quantile, LiesBetweenNeighboursByStraightLine) {
  EXPECT_DOUBLE_EQ(quantile({3, 1, 2}, 0.5), 2);
  EXPECT_DOUBLE_EQ(quantile({4, 1, 2, 3}, 0.5), 2.5);
  EXPECT_DOUBLE_EQ(quantile({0, 10}, 0.1), 1);
  EXPECT_DOUBLE_EQ(quantile({7}, 0.9), 7);
}

TEST(Typical, WhatIsRareIsNotHiddenByTheMedian) {
  EXPECT_DOUBLE_EQ(typical({2, 3, 100}), 3);
  EXPECT_DOUBLE_EQ(typical({0, 0, 0, 2}), 0.5);
  EXPECT_DOUBLE_EQ(typical({0, 0}), 0);
}

// The ranks printed in tables of the sign test, counted from 0 here.
TEST(MedianRanks, AreThoseOfTheBinomialTable) {
  struct Row {
    std::size_t count;
    double confidence;
    std::size_t low, high;
  };
  for (const Row& row : {Row{10, 0.95, 1, 8}, Row{20, 0.95, 5, 14}, Row{25, 0.95, 7, 17},
                         Row{8, 0.99, 0, 7}, Row{50, 0.99, 15, 34}, Row{100, 0.99, 36, 63}}) {
    const auto ranks = median_ranks(row.count, row.confidence);
    ASSERT_TRUE(ranks) << row.count;
    EXPECT_EQ(ranks->low, row.low) << row.count;
    EXPECT_EQ(ranks->high, row.high) << row.count;
  }
}

TEST(MedianRanks, DoNotExistForTooFewValues) {
  EXPECT_FALSE(median_ranks(0, 0.99));
  EXPECT_FALSE(median_ranks(7, 0.99));
  EXPECT_TRUE(median_ranks(8, 0.99));
  EXPECT_FALSE(median_ranks(5, 0.95));
  EXPECT_TRUE(median_ranks(6, 0.95));
}

TEST(MedianRanks, HoldBeyondTheRangeOfADouble) {
  const auto ranks = median_ranks(10000, 0.99);  // 2^-10000 is no double
  ASSERT_TRUE(ranks);
  EXPECT_EQ(ranks->low + ranks->high, 9999u);
  EXPECT_NEAR(static_cast<double>(ranks->low), 5000 - 2.5758 * 50, 2);  // the normal approximation
}

TEST(PairedRatio, IsTheMedianOfTheRatiosAndNotTheRatioOfTheMedians) {
  const std::vector<double> baseline{100, 200, 400, 800, 1600};
  const std::vector<double> arm{110, 220, 440, 880, 16};
  EXPECT_NEAR(paired_ratio(arm, baseline).value, 1.1, 1e-12);
}

TEST(PairedRatio, HasNoIntervalFromTooFewRounds) {
  const std::vector<double> values{1, 2, 3};
  const Ratio ratio = paired_ratio(values, values);
  EXPECT_EQ(ratio.low, 0);
  EXPECT_TRUE(std::isinf(ratio.high));
  EXPECT_EQ(judge(ratio, 0.01, 1), Comparison::kUndecided);
}

TEST(Judge, NeedsTheIntervalAndTheMargin) {
  EXPECT_EQ(judge({1.05, 1.03, 1.07, 200}, 0.01, 100), Comparison::kSlower);
  EXPECT_EQ(judge({0.95, 0.93, 0.97, 200}, 0.01, 100), Comparison::kFaster);
  EXPECT_EQ(judge({1.002, 0.995, 1.008, 200}, 0.01, 100), Comparison::kSame);
  EXPECT_EQ(judge({1.005, 1.002, 1.009, 200}, 0.01, 100),
            Comparison::kSame);  // real, but too small
  EXPECT_EQ(judge({1.009, 1.004, 1.020, 200}, 0.01, 100), Comparison::kUndecided);
  EXPECT_EQ(judge({1.05, 0.99, 1.10, 200}, 0.01, 100), Comparison::kUndecided);
  EXPECT_EQ(judge({1.05, 1.03, 1.07, 99}, 0.01, 100), Comparison::kUndecided);
}

TEST(Autocorrelation, TellsDriftFromNoise) {
  std::vector<double> drift(100);
  for (std::size_t i = 0; i < drift.size(); ++i) drift[i] = static_cast<double>(i);
  EXPECT_GT(autocorrelation(drift), 0.9);
  EXPECT_LT(autocorrelation(std::vector<double>{1, -1, 1, -1, 1, -1, 1, -1}), -0.8);
  EXPECT_EQ(autocorrelation(std::vector<double>{5, 5, 5}), 0);
}

/// Rounds on a machine whose speed wanders and where one slot in four is preempted.
struct NoisyMachine {
  std::mt19937_64 random;
  double speed = 0;

  std::pair<std::vector<double>, std::vector<double>> measure(std::size_t rounds, double truth) {
    std::normal_distribution<double> wander(0, 0.05);
    std::normal_distribution<double> noise(0, 0.03);
    std::bernoulli_distribution preempted(0.25);
    std::uniform_real_distribution<double> stolen(1.05, 3);
    std::vector<double> arm;
    std::vector<double> baseline;
    const auto slot = [&] {
      return 3500 * std::exp(speed + noise(random)) * (preempted(random) ? stolen(random) : 1);
    };
    for (std::size_t i = 0; i < rounds; ++i) {
      speed = 0.9 * speed + wander(random);
      baseline.push_back(slot());
      arm.push_back(truth * slot());
    }
    return {arm, baseline};
  }
};

// One in a hundred intervals may miss the truth: of 2000, 20 +- 4.5. More than 40 has a probability
// below 0.0001.
TEST(Simulation, NinetyNineOfAHundredIntervalsHoldTheTruth) {
  NoisyMachine machine{std::mt19937_64(20261123)};
  int missed = 0;
  for (int i = 0; i < 2000; ++i) {
    const auto [arm, baseline] = machine.measure(100, 1.05);
    const Ratio ratio = paired_ratio(arm, baseline);
    missed += static_cast<int>(ratio.low > 1.05 || ratio.high < 1.05);
  }
  EXPECT_LE(missed, 40);
  EXPECT_GE(missed, 1) << "an interval that never misses is wider than promised";
}

TEST(Simulation, EqualArmsAreNotCalledDifferent) {
  NoisyMachine machine{std::mt19937_64(1)};
  int different = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto [arm, baseline] = machine.measure(200, 1.0);
    const Comparison verdict = judge(paired_ratio(arm, baseline), 0.01, 100);
    different += static_cast<int>(verdict == Comparison::kFaster || verdict == Comparison::kSlower);
  }
  EXPECT_LE(different, 20);
}

TEST(Simulation, FivePerCentAreFound) {
  NoisyMachine machine{std::mt19937_64(2)};
  int found = 0;
  for (int i = 0; i < 200; ++i) {
    const auto [arm, baseline] = machine.measure(400, 1.05);
    found += static_cast<int>(judge(paired_ratio(arm, baseline), 0.01, 100) == Comparison::kSlower);
  }
  EXPECT_GE(found, 198);
}

TEST(GrowthExponent, IsThePowerThatTheValuesFollow) {
  std::vector<std::pair<double, double>> points;
  for (const double x : {2.0, 10.0, 300.0, 9000.0}) points.emplace_back(x, 3 * std::pow(x, 0.7));
  EXPECT_NEAR(growth_exponent(points), 0.7, 1e-12);
  for (auto& [_, y] : points) y = 5;
  EXPECT_NEAR(growth_exponent(points), 0, 1e-12);
}

TEST(RankSum, CountsThePairsInWhichOneIsLarger) {
  const std::vector<double> a{1, 2, 3, 4, 5, 7, 8, 11, 13, 14};
  const std::vector<double> b{6, 9, 10, 12, 15, 16, 17, 18, 19, 20};
  const double u = 13;  // pairs in which a's value is the larger: 0+0+0+0+0+1+1+3+4+4
  const double z = (u - 50) / std::sqrt(100 * 21 / 12.0);
  EXPECT_NEAR(rank_sum_probability(a, b), std::erfc(-z / std::sqrt(2.0)), 1e-12);
  EXPECT_NEAR(rank_sum_probability(a, a), 1, 1e-12);
}

}  // namespace
}  // namespace loopmark::harness
