// SPDX-License-Identifier: MIT
#include "harness/bench_export.h"

#include <gtest/gtest.h>

#include <sstream>

#include "harness/tests/synthetic_bench.h"

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

TEST(BenchCsv, HasACellForEachColumnWhateverTheArmCameTo) {
  SyntheticScenario scenario{.arms = {{"base"}, {"twin"}, {"a", 1.2}, {"b"}},
                             .parameters = "fds=1,active=1"};
  scenario.arms[3].lost = "it broke, badly";
  std::istringstream lines(bench_csv(results_of(scenario)));
  std::string line;
  std::getline(lines, line);
  const std::vector<std::string> head = cells_of(line);
  std::map<std::string, std::map<std::string, std::string>> arms;
  while (std::getline(lines, line)) {
    const std::vector<std::string> cells = cells_of(line);
    ASSERT_EQ(cells.size(), head.size()) << line;
    for (std::size_t i = 0; i < head.size(); ++i) arms[cells[2]][head[i]] = cells[i];
  }
  ASSERT_EQ(arms.size(), 4u);
  EXPECT_EQ(arms["a"]["parameters"], "fds=1,active=1");
  EXPECT_EQ(arms["a"]["verdict"], "slower");
  EXPECT_NEAR(std::stod(arms["a"]["beside_ratio"]), 1.2, 0.01);
  EXPECT_LT(std::stod(arms["a"]["beside_low"]), std::stod(arms["a"]["beside_high"]));
  EXPECT_EQ(arms["a"]["unit"], "event");
  EXPECT_EQ(arms["a"]["not_measured"], "");
  EXPECT_EQ(arms["b"]["ratio"], "");
  EXPECT_EQ(arms["b"]["not_measured"], "LOST: it broke, badly");
  EXPECT_EQ(arms["b"]["evidence"], "none");
}

}  // namespace
}  // namespace loopmark::harness
