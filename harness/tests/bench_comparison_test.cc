// SPDX-License-Identifier: MIT
#include "harness/bench_comparison.h"

#include <gmock/gmock.h>

#include <random>

#include "harness/launches.h"
#include "harness/tests/synthetic_bench.h"

namespace loopmark::harness {
namespace {

using testing::HasSubstr;

/// The arm "a", whose ratio is `before` and then `after`, with this spread of the rounds' ratios.
ArmComparison compared(double before, double after, double spread = 0.02, double threshold = 0.05,
                       std::size_t rounds = 200) {
  const auto run = [&](double ratio) {
    return results_of(
        {.arms = {{"base"}, {"twin"}, {"a", ratio}}, .rounds = rounds, .spread = spread});
  };
  const auto all = compare_bench(run(before), run(after), threshold);
  EXPECT_EQ(all.size(), 1u);
  return all.front();
}

/// One run of `scenario`, and then a second that `change` was made to.
template <class Change>
std::vector<ArmComparison> compared(SyntheticScenario scenario, Change change) {
  const auto before = results_of(scenario);
  change(scenario);
  return compare_bench(before, results_of(scenario), 0.05);
}

TEST(BenchComparison, DifferenceNeedsTheThresholdAndAnIntervalThatExcludesNone) {
  EXPECT_EQ(compared(1.2, 1.2 * 1.08).verdict, Change::kRegression);
  EXPECT_EQ(compared(1.2, 1.2 / 1.08).verdict, Change::kImprovement);
  EXPECT_EQ(compared(1.2, 1.2 * 1.03).verdict, Change::kSame);  // proven, and too small
  EXPECT_EQ(compared(1.2, 1.2 * 1.03, 0.02, 0.02).verdict, Change::kRegression);
  EXPECT_EQ(compared(1.2, 1.2 * 1.08, 0.5).verdict, Change::kInconclusive);  // large, not proven
  EXPECT_EQ(compared(1.2, 1.2, 0.5).verdict, Change::kInconclusive);
}

TEST(BenchComparison, ShowsBothRatiosAndTheirChange) {
  const ArmComparison arm = compared(1.2, 1.5);
  EXPECT_NEAR(arm.before.value, 1.2, 1e-3);
  EXPECT_NEAR(arm.after.value, 1.5, 1e-3);
  EXPECT_NEAR(arm.change.value, 1.25, 1e-3);
  EXPECT_LT(arm.change.low, 1.25);
  EXPECT_GT(arm.change.high, 1.25);
  EXPECT_EQ(arm.change.rounds, 200u);
}

TEST(BenchComparison, IntervalReachesFromTheLeastAfterOverTheMostBeforeToTheOpposite) {
  const Ratio change = change_between({1.0, 0.9, 1.1, 300}, {2.0, 1.98, 2.2, 200});
  EXPECT_DOUBLE_EQ(change.value, 2.0);
  EXPECT_DOUBLE_EQ(change.low, 1.8);
  EXPECT_NEAR(change.high, 2.2 / 0.9, 1e-12);
  EXPECT_EQ(change.rounds, 200u);
}

/// Runs of the same, in which each launch has its own way: how often are two of them told apart?
constexpr std::size_t kRoundsALaunch = 25;
struct Misses {
  int of_launches = 0;  // by ratio_over_launches()
  int of_rounds = 0;    // by the rounds alone
};
Misses compare_the_same(double launch_sigma, int times) {
  std::mt19937_64 random(11);
  std::normal_distribution<double> noise(0, 0.05);
  std::normal_distribution<double> launch(0, launch_sigma > 0 ? launch_sigma : 1e-9);
  const std::vector<double> baseline(400, 1.0);
  const auto run = [&] {
    std::vector<double> arm(baseline.size());
    double shift = 0;
    for (std::size_t i = 0; i < arm.size(); ++i) {
      if (i % kRoundsALaunch == 0) shift = launch(random);
      arm[i] = std::exp(shift + noise(random));
    }
    return arm;
  };
  const auto excludes_one = [](const Ratio& a, const Ratio& b) {
    const Ratio change = change_between(a, b);
    return change.low > 1 || change.high < 1;
  };
  Misses misses;
  for (int i = 0; i < times; ++i) {
    const std::vector<double> before = run();
    const std::vector<double> after = run();
    misses.of_launches += excludes_one(ratio_over_launches(before, baseline, kRoundsALaunch),
                                       ratio_over_launches(after, baseline, kRoundsALaunch));
    misses.of_rounds += excludes_one(paired_ratio(before, baseline), paired_ratio(after, baseline));
  }
  return misses;
}

// The promise is at most 2 in 100 however two runs depend on each other; these do not.
TEST(BenchComparison, TwoRunsOfTheSameAreSeldomToldApart) {
  EXPECT_LE(compare_the_same(0, 1000).of_launches, 3);
  const Misses misses = compare_the_same(0.05, 1000);
  EXPECT_LE(misses.of_launches, 3);
  EXPECT_GT(misses.of_rounds, 100);  // what the rounds alone would claim
}

TEST(BenchComparison, LaunchesThatDifferAreNoRegression) {
  const auto all = compared({.arms = {{"base"}, {"twin"}, {"a"}}}, [](SyntheticScenario& after) {
    after.launch_spread = 0.3;
    after.arms[2].ratio = 1.1;
  });
  EXPECT_EQ(all.front().verdict, Change::kInconclusive);
}

TEST(BenchComparison, MachineThatIsSlowerAsAWholeChangesNothing) {
  const auto all = compared({.arms = {{"base"}, {"twin"}, {"a", 1.3}}},
                            [](SyntheticScenario& after) { after.baseline_ns *= 3; });
  EXPECT_EQ(all.front().verdict, Change::kSame);
}

// About: with 8 launches, how far these lie apart is known to a third.
TEST(BenchComparison, InconclusiveSaysHowManyRoundsWouldDo) {
  for (const double change : {1.10, 1.02, 0.98, 0.88}) {
    const ArmComparison few = compared(1, change, 0.5);
    ASSERT_EQ(few.verdict, Change::kInconclusive) << change;
    ASSERT_GT(few.rounds_needed, 200u) << change;
    EXPECT_NE(compared(1, change, 0.5, 0.05, 2 * few.rounds_needed).verdict, Change::kInconclusive)
        << change;
    EXPECT_EQ(compared(1, change, 0.5, 0.05, few.rounds_needed / 4).verdict, Change::kInconclusive)
        << change;
  }
}

TEST(BenchComparison, NoNumberOfRoundsDecidesWhatLiesOnTheThreshold) {
  EXPECT_EQ(rounds_needed({1.0499999, 1.0, 1.1, 200}, 0.05), 0u);
}

TEST(BenchComparison, TooFewLaunchesAreInconclusive) {
  const ArmComparison arm = compared(1, 1.5, 0.02, 0.05, 20);
  EXPECT_EQ(arm.verdict, Change::kInconclusive);
  EXPECT_EQ(arm.rounds_needed, 200u);
  EXPECT_EQ(compared(1, 1.5, 0.02, 0.05, 5).rounds_needed, 200u);  // not even an interval
}

TEST(BenchComparison, FloorIsWhatTheTwinMayHaveChanged) {
  const ArmComparison calm = compared(1, 1, 0.02);
  const ArmComparison rough = compared(1, 1, 0.2);
  EXPECT_GT(calm.floor, 0.002);
  EXPECT_LT(calm.floor, 0.02);
  EXPECT_GT(rough.floor, 5 * calm.floor);
}

TEST(BenchComparison, TwinThatChangedMakesTheScenarioInvalid) {
  const auto all =
      compared({.arms = {{"base"}, {"twin"}, {"a"}}, .spread = 0.5}, [](SyntheticScenario& after) {
        after.arms[1].ratio = 1.5;
        after.arms[2].ratio = 1.5;
      });
  EXPECT_EQ(all.front().verdict, Change::kInvalid);
  EXPECT_FALSE(is_regression(all.front().verdict));
}

TEST(BenchComparison, BareLoopThatChangedTakesItsMechanismsArmsWithIt) {
  const auto all = compared({.arms = {{"bare/epoll", 1, "epoll"},
                                      {"twin", 1, "epoll"},
                                      {"bare/poll", 10, "poll"},
                                      {"poll", 11, "poll"},
                                      {"epoll", 1.1, "epoll"}}},
                            [](SyntheticScenario& after) {
                              for (const std::size_t i : {2U, 3U, 4U}) after.arms[i].ratio *= 1.5;
                            });
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].verdict, Change::kInvalid);
  EXPECT_EQ(all[1].verdict, Change::kInvalid);
  EXPECT_THAT(all[1].reason, HasSubstr("bare/poll"));
  EXPECT_EQ(all[2].verdict, Change::kRegression);
}

TEST(BenchComparison, LibraryThatChangedByItselfTakesTheScenarioWithIt) {
  const SyntheticScenario scenario{.arms = {{"base"},
                                            {"twin"},
                                            {.label = "api:libev/epoll", .version = "4.33"},
                                            {.label = "libev/epoll", .version = "4.33"},
                                            {"epoll"}}};
  const auto changed = [](std::string version) {
    return [version](SyntheticScenario& after) {
      for (const std::size_t i : {2U, 3U, 4U}) after.arms[i].ratio *= 1.5;
      after.arms[2].version = after.arms[3].version = version;
    };
  };
  for (const ArmComparison& arm : compared(scenario, changed("4.33"))) {
    EXPECT_EQ(arm.verdict, Change::kInvalid) << arm.arm;
    EXPECT_THAT(arm.reason,
                HasSubstr(arm.arm.starts_with("api:") ? "conditions" : "api:libev/epoll"));
  }
  // Of another version's time, this is what one wants to know.
  for (const ArmComparison& arm : compared(scenario, changed("4.34")))
    EXPECT_EQ(arm.verdict, Change::kRegression) << arm.arm;
}

TEST(BenchComparison, WallClockAgainstProcessorTimeIsDisputed) {
  const auto all = compared({.arms = {{"base"}, {"twin"}, {"a"}}}, [](SyntheticScenario& after) {
    after.arms[2].ratio = 1.2;
    after.arms[2].cpu_ratio = 0.8;
  });
  EXPECT_EQ(all.front().verdict, Change::kDisputed);
}

TEST(BenchComparison, CountsAreComparedByEquality) {
  SyntheticScenario scenario{.arms = {{"base"}, {"twin"}, {"a"}}};
  scenario.arms[2].exact = {{"calls", {{"epoll_wait", 1.0}, {"read", 1.0}}}, {"instructions", 61}};
  const auto all = compared(scenario, [](SyntheticScenario& after) {
    after.arms[2].exact = {{"calls", {{"epoll_wait", 2.0}, {"read", 1.0}}}, {"instructions", 62}};
  });
  const std::vector<CountChange>& counts = all.front().counts;
  ASSERT_EQ(counts.size(), 2u);
  EXPECT_EQ(counts[0].name, "calls/epoll_wait");
  EXPECT_EQ(counts[0].after, 2.0);
  EXPECT_TRUE(counts[0].grew_by(0.05));
  EXPECT_FALSE(counts[1].grew_by(0.05));
  EXPECT_TRUE(compared(scenario, [](SyntheticScenario&) {}).front().counts.empty());
  EXPECT_FALSE((CountChange{"calls", 2, 1}.grew_by(0.05)));
  EXPECT_FALSE((CountChange{"calls", 0, 0.009}.grew_by(0.05)));
  EXPECT_TRUE((CountChange{"calls", 0, 0.01}.grew_by(0.05)));
}

TEST(BenchComparison, CallThatWasNotMadeIsMadeZeroTimes) {
  SyntheticScenario scenario{.arms = {{"base"}, {"twin"}, {"a"}}};
  scenario.arms[2].exact = {{"system_calls", {{"read", 1.0}, {"write", 1.0}}}};
  const auto all = compared(scenario, [](SyntheticScenario& after) {
    after.arms[2].exact = {{"system_calls", {{"futex", 1.0}, {"read", 1.0}}},
                           {"allocations", {{"calls", 1.0}}}};
  });
  const std::vector<CountChange>& counts = all.front().counts;
  ASSERT_EQ(counts.size(), 2u);  // who has counted no allocations has not found that there are none
  EXPECT_EQ(counts[0].name, "system_calls/write");
  EXPECT_EQ(counts[0].after, 0);
  EXPECT_FALSE(counts[0].grew_by(0.05));
  EXPECT_EQ(counts[1].name, "system_calls/futex");
  EXPECT_EQ(counts[1].before, 0);
  EXPECT_TRUE(counts[1].grew_by(0.05));
}

TEST(BenchComparison, PointsOfACurveGetNoVerdict) {
  const auto all = compared({.arms = {{"base"}, {"twin"}, {"a"}}, .judged = false},
                            [](SyntheticScenario& after) { after.arms[2].ratio = 2; });
  EXPECT_EQ(all.front().verdict, Change::kUnjudged);
  EXPECT_NEAR(all.front().change.value, 2, 0.01);
}

TEST(BenchComparison, FiguresWithoutVerdictHaveNoRatio) {
  SyntheticScenario scenario{.arms = {{"base"}, {"twin"}, {"a"}}, .quantity = Quantity::kValue};
  scenario.arms[2].exact = {{"instructions", 61}};
  const auto all = compared(scenario, [](SyntheticScenario& after) {
    after.arms[2].ratio = 2;
    after.arms[2].exact = {{"instructions", 62}};
  });
  EXPECT_EQ(all.front().verdict, Change::kUnjudged);
  EXPECT_FALSE(all.front().has_figures());
  EXPECT_EQ(all.front().counts.size(), 1u);
}

TEST(BenchComparison, ArmThatIsNewlyLostToAFaultCountsAsARegression) {
  const auto lost = [](bool refused) {
    return compared({.arms = {{"base"}, {"twin"}, {"a"}}}, [&](SyntheticScenario& after) {
      after.arms[2].lost = "was killed";
      after.arms[2].refused = refused;
    });
  };
  EXPECT_EQ(lost(false).front().verdict, Change::kNewlyLost);
  EXPECT_TRUE(is_regression(Change::kNewlyLost));
  EXPECT_THAT(lost(false).front().reason, HasSubstr("was killed"));
  EXPECT_EQ(lost(true).front().verdict, Change::kNotComparable);
}

TEST(BenchComparison, DifferentThingsAreNotCompared) {
  const SyntheticScenario scenario{.arms = {{"base"}, {"twin"}, {"a"}}};
  const auto baseline =
      compared(scenario, [](SyntheticScenario& after) { after.arms[0].label = "another"; });
  EXPECT_EQ(baseline.front().verdict, Change::kNotComparable);
  EXPECT_THAT(baseline.front().reason, HasSubstr("the baseline was \"base\" and is \"another\""));
  const auto unit = compared(scenario, [](SyntheticScenario& after) { after.unit = "message"; });
  EXPECT_EQ(unit.front().verdict, Change::kNotComparable);
}

TEST(BenchComparison, WhatOnlyOneRunHasIsNamed) {
  const auto arms = compared({.arms = {{"base"}, {"twin"}, {"old"}, {"a"}}},
                             [](SyntheticScenario& after) { after.arms[2].label = "new"; });
  ASSERT_EQ(arms.size(), 3u);
  EXPECT_EQ(arms[0].arm, "a");
  EXPECT_THAT(arms[1].arm + ": " + arms[1].reason, HasSubstr("new: not in the run before"));
  EXPECT_THAT(arms[2].arm + ": " + arms[2].reason, HasSubstr("old: not in the run after"));
  const auto scenarios = compared({.arms = {{"base"}, {"twin"}, {"a"}}},
                                  [](auto& after) { after.parameters = "size=2"; });
  EXPECT_EQ(scenarios.size(), 2u);
}

}  // namespace
}  // namespace loopmark::harness
