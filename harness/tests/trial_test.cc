// SPDX-License-Identifier: MIT
#include "harness/trial.h"

#include <gmock/gmock.h>

#include "harness/tests/synthetic_bench.h"

namespace loopmark::harness {
namespace {

using testing::HasSubstr;

/// A window in which arms take as long as was planted in them.
std::vector<ScenarioResult> window(double launch_spread) {
  SyntheticScenario scenario{.arms = {}, .rounds = kTrialRounds, .launch_spread = launch_spread};
  for (std::size_t i = 1; i <= kPairs; ++i) {
    for (const char* const name : {"a", "b"}) scenario.arms.push_back({name + std::to_string(i)});
  }
  for (std::size_t i = 0; i < std::size(kPlantedEffects); ++i)
    scenario.arms.push_back({"planted" + std::to_string(i + 1), 1 + kPlantedEffects[i]});
  std::vector<Json> records = records_of(scenario);
  for (std::size_t i = 0; i < std::size(kPlantedEffects); ++i) {
    Json& arm = records.front()["arms"][2 * kPairs + i];
    arm["planted"] = kPlantedEffects[i];
    arm["planted_steps"] = static_cast<std::uint64_t>(1000 * kPlantedEffects[i]);
  }
  return read_results(records);
}

const TrialFigure& figure(const std::vector<TrialFigure>& figures, const std::string& demand) {
  return *std::find_if(figures.begin(), figures.end(), [&](const TrialFigure& each) {
    return each.demand.find(demand) != std::string::npos;
  });
}

TEST(Trial, CountsWhatIsFoundAndWhatIsRaisedByMistake) {
  const Trial trial = analyse(window(0), {"fake/size=1"});
  const std::vector<TrialFigure> figures = figures_of(trial);
  EXPECT_EQ(
      figure(figures, "identical programs").found,
      "0 of 6, 6 of them beside busy loops, called different; 0 after a full run's 400 rounds");
  EXPECT_THAT(figure(figures, "slow-downs of 5 %").found,
              testing::MatchesRegex(
                  "3 of 3 [(]3 by .*[)], median estimate (4.9|5.0). %, 3 within a point"));
  EXPECT_THAT(figure(figures, "slow-downs of 2 %").found,
              testing::MatchesRegex(
                  "2 of 2 [(]2 by .*[)], median estimate (1.9|2.0). %, 2 within a point"));
  EXPECT_EQ(figure(figures, "holds the planted effect").found,
            "5 of 5; 5 hold the 2 or 5 % that it was meant to be");
  for (const TrialFigure& each : figures)
    EXPECT_EQ(each.met, each.id == "M4") << each.id << " asks for more comparisons";
}

/// So many comparisons, of which some are as they must not be.
Trial trial_with(std::size_t alarms, std::size_t missed_fives, std::size_t missed_twos,
                 std::size_t not_held, std::size_t alarms_in_a_run = 0) {
  Trial trial;
  for (std::size_t i = 0; i < 200; ++i) {
    const Comparison verdict = i < alarms ? Comparison::kFaster : Comparison::kSame;
    const Comparison in_a_run = i < alarms_in_a_run ? Comparison::kSlower : Comparison::kSame;
    trial.twins.push_back(
        {"w", i % 2 == 0, {1, 0.99, 1.01, 400}, verdict, in_a_run, 1, i < 20 ? 0.01 : 0.5});
  }
  for (std::size_t i = 0; i < 100; ++i) {
    const double planted = i % 2 == 0 ? 0.05 : 0.02;
    const bool found = i / 2 >= (i % 2 == 0 ? missed_fives : missed_twos);
    const Comparison verdict = found ? Comparison::kSlower : Comparison::kUndecided;
    const double truth = 1 + planted + (i < not_held ? 0.02 : 0);
    trial.planted.push_back({"w",
                             false,
                             planted,
                             truth,
                             {1 + planted, 1 + planted - 0.01, 1 + planted + 0.01, 400},
                             verdict,
                             verdict,
                             0.01,
                             0.008});
  }
  return trial;
}

bool met(const Trial& trial, const std::string& demand) {
  const std::vector<TrialFigure> figures = figures_of(trial);
  return figure(figures, demand).met;
}

TEST(Trial, MeetsADemandUpToItsLimitAndNotBeyond) {
  EXPECT_TRUE(met(trial_with(2, 0, 0, 0), "identical programs"));
  EXPECT_FALSE(met(trial_with(3, 0, 0, 0), "identical programs"));
  EXPECT_TRUE(met(trial_with(0, 0, 0, 0, 2), "identical programs"));
  EXPECT_FALSE(met(trial_with(0, 0, 0, 0, 3), "identical programs"));
  EXPECT_TRUE(met(trial_with(0, 0, 0, 0), "slow-downs of 5 %"));
  EXPECT_FALSE(met(trial_with(0, 1, 0, 0), "slow-downs of 5 %"));
  EXPECT_TRUE(met(trial_with(0, 0, 2, 0), "slow-downs of 2 %"));
  EXPECT_FALSE(met(trial_with(0, 0, 3, 0), "slow-downs of 2 %"));
  EXPECT_TRUE(met(trial_with(0, 0, 0, 3), "holds the planted effect"));
  EXPECT_FALSE(met(trial_with(0, 0, 0, 4), "holds the planted effect"));
}

TEST(Trial, SaysHowOftenIntervalsMissWhereLaunchesDiffer) {
  const Trial trial = analyse(window(0.05), {});
  for (const IntervalMisses& each : trial.misses) {
    EXPECT_EQ(each.pairs, 66u);
    if (each.rounds < kTrialRounds) continue;  // fewer than 8 launches
    EXPECT_GT(static_cast<double>(each.missed_by_rounds), 66 * 3 * (1 - each.confidence));
    EXPECT_LE(static_cast<double>(each.missed), 66 * 2 * (1 - each.confidence)) << each.confidence;
  }
  EXPECT_THAT(trial_page(trial), HasSubstr("| 400 | 99 % | 66 | "));
}

}  // namespace
}  // namespace loopmark::harness
