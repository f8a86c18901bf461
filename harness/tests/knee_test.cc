// SPDX-License-Identifier: MIT
#include "harness/knee.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "harness/bench_table.h"
#include "harness/tests/synthetic_slots.h"
#include "harness/value_graphs.h"

namespace loopmark::harness {
namespace {

using testing::HasSubstr;

/// What the 99th percentile of one slot of each arm is, in ns: base's, then arm's.
using Loads = std::vector<std::tuple<double, std::uint64_t, std::uint64_t>>;

ScenarioResult at_load(double load, std::uint64_t base, std::uint64_t arm,
                       const std::string& others, std::size_t values = 100) {
  ScenarioPlan plan;
  plan.workload = "open_loop";
  plan.parameters = "load=" + std::to_string(static_cast<int>(load)) + others;
  plan.judged = false;
  plan.quantity = Quantity::kValue;
  const SyntheticRound usual{
      {{"bare/epoll", durations(values, 1, base)}, {"arm", durations(values, 1, arm)}},
      {{"planned_rate", 1000 * load}}};
  SyntheticRound disturbed = usual;
  for (auto& [_, times] : disturbed.arms) times = durations(values, 1, 10'000'000);
  return result_of_rounds(
      plan, "planned",
      {usual, usual, usual, usual, disturbed, usual, usual, usual, usual, usual, usual, usual});
}

std::vector<ScenarioResult> curve(const Loads& loads, const std::string& others = "") {
  std::vector<ScenarioResult> results;
  for (const auto& [load, base, arm] : loads) results.push_back(at_load(load, base, arm, others));
  return results;
}

Knee knee_of_arm(const std::vector<ScenarioResult>& results) {
  const std::vector<Knee> knees = knees_of(results);
  EXPECT_EQ(knees.size(), 2u);
  return knees.back();
}

TEST(Knee, IsTheLastLoadBeforeTheBoundIsLeft) {
  const auto results = curve({{10, 5, 9}, {50, 6, 49}, {90, 20, 51}, {100, 60, 30}});
  const std::vector<Knee> knees = knees_of(results);
  ASSERT_EQ(knees.size(), 2u);
  for (const Knee& knee : knees) EXPECT_EQ(knee.bound, 50);  // ten times bare, for all alike
  EXPECT_EQ(knees[0].arm, "bare/epoll");
  EXPECT_EQ(knees[0].within->load, 90);
  EXPECT_EQ(knees[0].beyond->load, 100);
  EXPECT_EQ(knees[0].beyond->p99, 60);
  EXPECT_EQ(knees[1].within->load, 50);
  EXPECT_EQ(knees[1].within->rate, 50'000);
  EXPECT_EQ(knees[1].within->p99, 49);
  EXPECT_EQ(knees[1].beyond->load, 90);  // that it comes back at 100 is luck
}

/// The arm's slots alternate between the two at this load.
ScenarioResult torn_at_load(double load, std::uint64_t one, std::uint64_t other) {
  const ScenarioPlan plan = at_load(load, 5, one, "").plan();
  std::vector<SyntheticRound> rounds;
  for (int i = 0; i < 12; ++i)
    rounds.push_back(
        {{{"bare/epoll", durations(100, 1, 5)}, {"arm", durations(100, 1, i % 2 ? one : other)}},
         {{"planned_rate", 1000 * load}}});
  return result_of_rounds(plan, "planned", rounds);
}

TEST(Knee, LiesBetweenTwoLoadsWhereTheIntervalHoldsTheBound) {
  auto results = curve({{10, 5, 9}, {50, 6, 20}, {90, 20, 20}, {100, 20, 90}});
  results[2] = torn_at_load(90, 20, 90);
  const Knee knee = knee_of_arm(results);
  EXPECT_EQ(knee.within->load, 50);
  EXPECT_EQ(knee.open->load, 90);
  EXPECT_EQ(knee.beyond->load, 100);
  EXPECT_THAT(knee_table(results, true), HasSubstr("| load | arm | 50 to 90 % |"));
  results.pop_back();
  EXPECT_THAT(knee_table(results, true), HasSubstr("| load | arm | at least 50 % |"));
}

TEST(Knee, IsNotPutOffByALoadThatDecidesNothingBelowOneThatDoes) {
  auto results = curve({{10, 5, 9}, {50, 6, 20}, {90, 20, 20}, {100, 20, 90}});
  results[1] = torn_at_load(50, 20, 90);
  EXPECT_EQ(knee_of_arm(results).within->load, 90);
  EXPECT_FALSE(knee_of_arm(results).open);
}

TEST(Knee, NeedsAnArmAtEveryLoad) {
  auto results = curve({{10, 5, 9}, {50, 6, 20}, {90, 20, 30}});
  const SyntheticRound with_library{{{"bare/epoll", durations(100, 1, 5)},
                                     {"arm", durations(100, 1, 9)},
                                     {"api:arm", durations(100, 1, 9)}},
                                    {{"planned_rate", 10'000.0}}};
  results.front() = result_of_rounds(results.front().plan(), "planned", {with_library});
  EXPECT_EQ(knees_of(results).size(), 2u);
}

TEST(Knee, LiesBelowALoadAtWhichTheArmWasLost) {
  auto results = curve({{10, 5, 9}, {50, 6, 20}, {90, 20, 30}, {100, 20, 30}});
  results[2].add(lost_record(results[2].plan().id(), "arm", "it crashed", false));
  EXPECT_EQ(knee_of_arm(results).within->load, 50);
  EXPECT_FALSE(knee_of_arm(results).beyond);
}

TEST(Knee, MayLieOutsideOfWhatWasMeasured) {
  const Knee above = knee_of_arm(curve({{10, 5, 9}, {50, 6, 20}, {90, 20, 30}}));
  EXPECT_EQ(above.within->load, 90);
  EXPECT_FALSE(above.beyond);
  const auto results = curve({{10, 5, 60}, {50, 6, 20}, {90, 20, 30}});
  EXPECT_FALSE(knee_of_arm(results).within);
  EXPECT_EQ(knee_of_arm(results).beyond->load, 10);
  EXPECT_THAT(knee_table(results, true),
              HasSubstr("| load | arm | below 10 % | - | - | 60.0 ns at 10 % | 50.0 ns |"));
  EXPECT_THAT(knee_table(results, true), HasSubstr("| load | bare/epoll | at least 90 % |"));
}

TEST(Knee, IsThatOfOneCurveOverTheLoad) {
  auto results = curve({{10, 5, 9}, {50, 6, 20}, {90, 20, 30}});
  const auto many = curve({{50, 7, 9}, {90, 8, 20}, {100, 20, 90}}, ",connections=16");
  results.insert(results.end(), many.begin(), many.end());
  results.push_back(at_load(70, 9, 9, ",plan=poisson"));
  const std::vector<Knee> knees = knees_of(results);
  ASSERT_EQ(knees.size(), 4u);
  EXPECT_EQ(std::count_if(knees.begin(), knees.end(),
                          [](const Knee& each) { return each.curve == "connections=16"; }),
            2);
}

TEST(Knee, NeedsThreeLoadsAndSlotsThatHaveA99thPercentile) {
  EXPECT_TRUE(knees_of(curve({{10, 5, 9}, {50, 6, 20}})).empty());
  std::vector<ScenarioResult> small;
  for (const double load : {10.0, 50.0, 90.0}) small.push_back(at_load(load, 5, 9, "", 99));
  EXPECT_TRUE(knees_of(small).empty());
  EXPECT_EQ(knee_table(small, false), "");
}

TEST(Knee, IsInTheReportAndItsBoundInTheGraph) {
  const auto results = curve({{10, 5, 9}, {50, 6, 50}, {90, 20, 51}});
  EXPECT_THAT(bench_tables(results, "text"), HasSubstr(knee_table(results, false)));
  std::vector<Graph> graphs;
  add_value_graphs(results, graphs);
  const auto bound_of = [&](const std::string& name) {
    for (const Graph& graph : graphs) {
      if (graph.name == name) return graph.settings_text().find("bound = '5e-08'");
    }
    return std::string::npos;
  };
  EXPECT_NE(bound_of("open_loop-p99-by-load"), std::string::npos);
  EXPECT_EQ(bound_of("open_loop-p50-by-load"), std::string::npos);
}

}  // namespace
}  // namespace loopmark::harness
