// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>

#include <cmath>

#include "harness/bench_export.h"
#include "harness/bench_table.h"
#include "harness/percentile_table.h"
#include "harness/slot_percentiles.h"
#include "harness/tests/synthetic_slots.h"

namespace loopmark::harness {
namespace {

using testing::HasSubstr;
using testing::Not;

// Of kPercentiles.
constexpr std::size_t kMedian = 0;
constexpr std::size_t k90th = 1;
constexpr std::size_t k99th = 2;

TEST(SlotPercentiles, AreThoseThatAValueLiesAbove) {
  const auto found = [](std::size_t values) {
    SlotPercentiles percentiles;
    add_slot(durations(values, 5, 9), percentiles);
    return std::vector{percentiles[kMedian].size(), percentiles[k90th].size(),
                       percentiles[k99th].size()};
  };
  using Found = std::vector<std::size_t>;
  EXPECT_EQ(found(0), (Found{0, 0, 0}));
  EXPECT_EQ(found(1), (Found{0, 0, 0}));
  EXPECT_EQ(found(2), (Found{1, 0, 0}));
  EXPECT_EQ(found(9), (Found{1, 0, 0}));
  EXPECT_EQ(found(10), (Found{1, 1, 0}));
  EXPECT_EQ(found(99), (Found{1, 1, 0}));
  EXPECT_EQ(found(100), (Found{1, 1, 1}));
}

/// Ten rounds of a machine whose speed drifts, in which the arm's usual durations are 1.5 and its
/// longest 2 times the baseline's; but in one it is disturbed.
std::vector<SyntheticRound> drifting_rounds(std::size_t values = 100) {
  std::vector<SyntheticRound> rounds;
  for (std::uint64_t speed = 1; speed <= 10; ++speed) {
    const bool disturbed = speed == 10;
    rounds.push_back({{{"base", durations(values, 4 * speed, 6 * speed)},
                       {"arm", disturbed ? durations(values, 50'000, 5'000'000)
                                         : durations(values, 6 * speed, 12 * speed)}}});
  }
  return rounds;
}

ScenarioPlan plan_with(Quantity quantity, const char* operation) {
  ScenarioPlan plan;
  plan.workload = "fake";
  plan.parameters = "size=1";
  plan.operation = operation;
  plan.quantity = quantity;
  return plan;
}

TEST(PercentileRatio, IsTheMedianOfTheRoundsRatiosWithItsInterval) {
  for (const char* const histogram : {"", "answer"}) {
    const ScenarioResult result = result_of_rounds(plan_with(Quantity::kTimePerEvent, "operation"),
                                                   histogram, drifting_rounds());
    const ArmResult& arm = result.arms()[1];
    const auto ratio = [&](std::size_t i) { return result.percentile_ratio(arm, histogram, i); };
    ASSERT_TRUE(ratio(kMedian) && ratio(k90th) && ratio(k99th));
    EXPECT_NEAR(ratio(kMedian)->ratio.value, 1.5, 1e-9);
    EXPECT_NEAR(ratio(k90th)->ratio.value, 1.5, 1e-9);
    EXPECT_NEAR(ratio(k99th)->ratio.value, 2, 1e-9);
    EXPECT_NEAR(ratio(k99th)->ratio.low, 2, 1e-9);  // the disturbed round is at the other end
    EXPECT_EQ(ratio(k99th)->ratio.rounds, 10u);
    EXPECT_FALSE(ratio(k99th)->of_launches);
  }
}

TEST(PercentileRatio, IsOfTheRoundsInWhichOperationsWereTimed) {
  ScenarioPlan plan = plan_with(Quantity::kTimePerEvent, "operation");
  plan.effort.launch_rounds = 4;
  plan.sampled_every = 2;
  std::vector<SyntheticRound> rounds;
  for (std::uint64_t round = 0; round < 80; ++round) {  // 20 launches, with a speed of their own
    const std::uint64_t longest = 10 + round / 4;
    rounds.push_back({{{"base", durations(100, 5, 10)}, {"arm", durations(100, 5, longest)}}});
  }
  const ScenarioResult result = result_of_rounds(plan, "", rounds);
  const auto ratio = result.percentile_ratio(result.arms()[1], "", k99th);
  ASSERT_TRUE(ratio);
  EXPECT_FALSE(ratio->of_launches);
  EXPECT_EQ(ratio->ratio.rounds, 40u);
  EXPECT_NEAR(ratio->ratio.value, std::sqrt(1.9 * 2.0), 1e-9);
  const std::vector<double>& arm = result.arms()[1].percentiles.at("")[k99th];
  const std::vector<double>& base = result.arms()[0].percentiles.at("")[k99th];
  EXPECT_EQ(ratio->ratio.high, ratio_over_launches(arm, base, 2).high);
  EXPECT_NE(ratio->ratio.high, ratio_over_launches(arm, base, 4).high);
}

TEST(PercentileRatio, NeedsEnoughValuesInEverySlot) {
  std::vector<SyntheticRound> rounds = drifting_rounds();
  rounds[3].arms[1].second = durations(99, 10, 20);
  const ScenarioResult result = result_of_rounds(plan_with(Quantity::kValue, ""), "answer", rounds);
  EXPECT_TRUE(result.percentile_ratio(result.arms()[1], "answer", k90th));
  EXPECT_FALSE(result.percentile_ratio(result.arms()[1], "answer", k99th));
  EXPECT_FALSE(result.percentile_ratio(result.arms()[1], "question", kMedian));
  EXPECT_FALSE(result.percentile_ratio(result.arms()[1], "", kMedian));
}

TEST(PercentileRatio, IsOfLaunchesWhereSlotsAreTooSmall) {
  ScenarioPlan plan = plan_with(Quantity::kValue, "");
  plan.effort.launch_rounds = 5;
  std::vector<SyntheticRound> rounds;
  for (int i = 0; i < 4; ++i) {
    for (SyntheticRound& round : drifting_rounds(30)) rounds.push_back(std::move(round));
  }
  const ScenarioResult result = result_of_rounds(plan, "answer", rounds);
  const ArmResult& arm = result.arms()[1];
  EXPECT_FALSE(result.percentile_ratio(arm, "answer", k90th)->of_launches);
  const auto ratio = result.percentile_ratio(arm, "answer", k99th);
  ASSERT_TRUE(ratio && ratio->of_launches);
  EXPECT_EQ(ratio->ratio.rounds, 8u);
  EXPECT_THAT(percentile_table(result, false), HasSubstr("* launch by launch"));
  EXPECT_EQ(bench_json({result}, {})[1]["histogram_ratios"]["answer"]["p99"]["of"], "launches");
}

TEST(PercentileTable, HasALineForEachArmAndHistogram) {
  const ScenarioResult result =
      result_of_rounds(plan_with(Quantity::kValue, "answer"), "answer", drifting_rounds());
  const std::string table = percentile_table(result, false);
  EXPECT_THAT(table, HasSubstr("p99 vs base [99 %]"));
  EXPECT_THAT(table, HasSubstr("answer        arm"));
  EXPECT_THAT(table, HasSubstr("2.000 [2.000 "));
  EXPECT_THAT(table, Not(HasSubstr("answer        base")));
  EXPECT_THAT(bench_tables({result}, "text"), HasSubstr(table));
  EXPECT_THAT(percentile_table(result, true), HasSubstr("| answer | arm | 1.500 [1.500 "));
}

TEST(PercentileTable, SaysNothingOfPercentilesForWhichSlotsAreTooSmall) {
  const ScenarioPlan plan = plan_with(Quantity::kTimePerEvent, "round trip");
  const std::string table = percentile_table(result_of_rounds(plan, "", drifting_rounds(99)), true);
  EXPECT_THAT(table, HasSubstr("| round trip | arm | 1.500 ["));
  EXPECT_THAT(table, HasSubstr("] | - |"));
  EXPECT_EQ(percentile_table(result_of_rounds(plan, "", drifting_rounds(1)), false), "");
}

TEST(BenchJson, HasTheRatiosOfPercentiles) {
  const ScenarioPlan plan = plan_with(Quantity::kTimePerEvent, "round trip");
  const Json operations = bench_json({result_of_rounds(plan, "", drifting_rounds())}, {})[1];
  EXPECT_NEAR(operations["latency_ratios"]["p99"]["ratio"].get<double>(), 2, 1e-9);
  const Json named = bench_json({result_of_rounds(plan, "answer", drifting_rounds(50))}, {})[1];
  EXPECT_NEAR(named["histogram_ratios"]["answer"]["p50"]["ratio"].get<double>(), 1.5, 1e-9);
  EXPECT_FALSE(named["histogram_ratios"]["answer"].contains("p99"));
}

}  // namespace
}  // namespace loopmark::harness
