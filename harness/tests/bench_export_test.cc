// SPDX-License-Identifier: MIT
#include "harness/bench_export.h"

#include <gtest/gtest.h>

#include <sstream>

#include "harness/tests/synthetic_bench.h"
#include "harness/tests/synthetic_results.h"

namespace loopmark::harness {
namespace {

/// The cells of a line; a quoted one may have commas in it.
std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      cells.emplace_back();
    } else {
      cells.back() += c;
    }
  }
  return cells;
}

using Table = std::map<std::string, std::map<std::string, std::string>>;

/// By arm and column.
Table table_of(const std::string& csv) {
  std::istringstream lines(csv);
  std::string line;
  std::getline(lines, line);
  const std::vector<std::string> head = cells_of(line);
  Table arms;
  while (std::getline(lines, line)) {
    const std::vector<std::string> cells = cells_of(line);
    EXPECT_EQ(cells.size(), head.size()) << line;
    for (std::size_t i = 0; i < std::min(head.size(), cells.size()); ++i)
      arms[cells[2]][head[i]] = cells[i];
  }
  return arms;
}

TEST(BenchCsv, HasACellForEachColumnWhateverTheArmCameTo) {
  SyntheticScenario scenario{.arms = {{"base"}, {"twin"}, {"a", 1.2}, {"b"}},
                             .parameters = "fds=1,active=1"};
  scenario.arms[3].lost = "it broke, badly";
  Table arms = table_of(bench_csv(results_of(scenario), kOrigin));
  ASSERT_EQ(arms.size(), 4u);
  EXPECT_EQ(arms["a"]["parameters"], "fds=1,active=1");
  EXPECT_EQ(arms["a"]["verdict"], "slower");
  EXPECT_NEAR(std::stod(arms["a"]["beside_ratio"]), 1.2, 0.01);
  EXPECT_LT(std::stod(arms["a"]["beside_low"]), std::stod(arms["a"]["beside_high"]));
  EXPECT_EQ(arms["a"]["unit"], "event");
  EXPECT_EQ(arms["a"]["machine"], kOrigin.machine);
  EXPECT_EQ(arms["b"]["command"], kOrigin.command);
  EXPECT_EQ(arms["a"]["not_measured"], "");
  EXPECT_EQ(arms["b"]["ratio"], "");
  EXPECT_EQ(arms["b"]["not_measured"], "LOST: it broke, badly");
  EXPECT_EQ(arms["b"]["evidence"], "none");
}

TEST(BenchCsv, SaysWhatWasCountedAndWhyACountVariesOrIsMissing) {
  SyntheticScenario scenario{.arms = {{"base"}, {"a", 1.2}}};
  scenario.arms[1].exact = {{"system_calls", {{"read", 1.0}}},
                            {"varies", {{"system_calls", {{"epoll_wait", {1.0, 2.0}}}}}},
                            {"because", "lots are drawn"},
                            {"missing", {{"instructions", "no \"valgrind\""}}}};
  Table arms = table_of(bench_csv(results_of(scenario), kOrigin));
  EXPECT_EQ(arms["a"]["calls_by_name"], "epoll_wait 1.000..2.000 read 1.000");
  EXPECT_EQ(arms["a"]["counts_vary"], "lots are drawn");
  EXPECT_EQ(arms["a"]["not_counted"], "instructions: no valgrind");
  EXPECT_NEAR(std::stod(arms["a"]["wall_ns"]), 1200, 5);
  EXPECT_EQ(arms["base"]["counts_vary"], "");
}

TEST(BenchCsv, HasTheFiguresAndHistogramsThatAWorkloadNames) {
  std::vector<ScenarioResult> results{synthetic_result("fairness", "lights=1", {{"base", 1}}, 0)};
  const Json slot = slot_with({{"Jain index of equals", 0.5}}, {{"light byte", durations(100, 1)}});
  add_round(results.front(), {{"base", slot}});
  Table arms = table_of(bench_csv(results, kOrigin));
  EXPECT_EQ(arms["base"]["values"], "Jain index of equals=0.5");
  EXPECT_EQ(arms["base"]["histograms_ns"], "light byte p50=100 p99=100 p99.9=100");
}

}  // namespace
}  // namespace loopmark::harness
