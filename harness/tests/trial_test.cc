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
  EXPECT_EQ(figure(figures, "identical programs").found,
            "0 of 6 called different (6 of them beside busy loops)");
  EXPECT_THAT(
      figure(figures, "slow-downs of 5 %").found,
      testing::MatchesRegex("3 of 3 [(]3 by .*[)], estimate (4.9|5.0). %, 3 within a point"));
  EXPECT_THAT(
      figure(figures, "slow-downs of 2 %").found,
      testing::MatchesRegex("2 of 2 [(]2 by .*[)], estimate (1.9|2.0). %, 2 within a point"));
  EXPECT_EQ(figure(figures, "holds the planted effect").found, "5 of 5");
  for (const TrialFigure& each : figures)
    EXPECT_EQ(each.met, each.id == "M4") << each.id << " asks for more comparisons";
}

TEST(Trial, SaysHowOftenIntervalsMissWhereLaunchesDiffer) {
  const Trial trial = analyse(window(0.05), {});
  for (const Calibration& each : trial.calibrations) {
    EXPECT_EQ(each.pairs, 66u);
    if (each.rounds < kTrialRounds) continue;  // fewer than 8 launches
    EXPECT_GT(static_cast<double>(each.missed_by_rounds), 66 * 3 * (1 - each.confidence));
    EXPECT_LE(static_cast<double>(each.missed), 66 * 2 * (1 - each.confidence)) << each.confidence;
  }
  EXPECT_THAT(trial_page(trial), HasSubstr("| 400 | 99 % | 66 | "));
}

}  // namespace
}  // namespace loopmark::harness
