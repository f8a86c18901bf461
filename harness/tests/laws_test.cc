// SPDX-License-Identifier: MIT
#include "harness/laws.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "harness/tests/synthetic_results.h"

namespace loopmark::harness {
namespace {

std::vector<ScenarioResult> scaling(double epoll_growth, double poll_growth) {
  std::vector<ScenarioResult> results;
  for (const double fds : {300.0, 1000.0, 3000.0}) {
    results.push_back(synthetic_result(
        "fd_scaling", "fds=" + std::to_string(static_cast<int>(fds)) + ",active=1",
        {{"bare/epoll", std::pow(fds, epoll_growth)}, {"bare/poll", std::pow(fds, poll_growth)}}));
  }
  return results;
}

bool holds(const std::vector<ScenarioResult>& results, const std::string& law) {
  const std::vector<LawFinding> findings = check_laws(results);
  const auto about = [&law](const LawFinding& each) { return each.law == law; };
  EXPECT_TRUE(std::any_of(findings.begin(), findings.end(), about)) << law << " was not looked at";
  return std::all_of(findings.begin(), findings.end(),
                     [&](const LawFinding& each) { return !about(each) || each.holds; });
}

TEST(Laws, AScanThatDoesNotGrowIsFlagged) {
  EXPECT_TRUE(holds(scaling(0.05, 0.95), "scan-grows"));
  EXPECT_FALSE(holds(scaling(0.05, 0.3), "scan-grows"));
}

TEST(Laws, AReadyListThatGrowsIsFlagged) {
  EXPECT_TRUE(holds(scaling(0.2, 1), "ready-list-is-flat"));
  EXPECT_FALSE(holds(scaling(0.4, 1), "ready-list-is-flat"));
}

TEST(Laws, PollAsFastAsEpollAmongAThousandIsFlagged) {
  EXPECT_TRUE(holds(scaling(0, 1), "poll-against-epoll"));
  EXPECT_FALSE(holds(scaling(0, 0.1), "poll-against-epoll"));
}

TEST(Laws, AWrapperThatCostsMoreThanItsLibraryIsFlagged) {
  const auto run = [](double wrapper) {
    return std::vector{synthetic_result(
        "ping_pong", "loops=1",
        {{"bare/epoll", 100}, {"libev/epoll", wrapper}, {"api:libev/epoll", 110}})};
  };
  EXPECT_TRUE(holds(run(115), "wrapper-tax"));
  EXPECT_FALSE(holds(run(117), "wrapper-tax"));
}

TEST(Laws, PercentilesThatHideAStallAreFlagged) {
  const auto run = [](std::uint64_t planned) {
    ScenarioResult result =
        synthetic_result("open_loop", "load=10,stall=100", {{"bare/epoll", 100}});
    Json record =
        round_record(result.plan().id(), 20, Json::array(), Json::object(), Json::object());
    const auto histogram = [](std::uint64_t ns) {
      Histogram values;
      values.record(ns);
      return Json{{"least", ns}, {"most", ns}, {"buckets", values.buckets()}};
    };
    record["slots"]["bare/epoll"] = {
        {"events", 1},
        {"wall_ns", 1},
        {"cpu_ns", 1},
        {"histograms", {{"planned", histogram(planned)}, {"sent", histogram(10)}}}};
    result.add(record);
    return std::vector{result};
  };
  EXPECT_TRUE(holds(run(100'000), "coordinated-omission"));
  EXPECT_FALSE(holds(run(900), "coordinated-omission"));
}

TEST(Laws, AnEarlyTimerIsFlagged) {
  const auto run = [](int early) {
    ScenarioResult result =
        synthetic_result("timer_lateness", "delay_us=100", {{"bare/epoll", 100}});
    Json record =
        round_record(result.plan().id(), 20, Json::array(), Json::object(), Json::object());
    record["slots"]["bare/epoll"] = {
        {"events", 1}, {"wall_ns", 1}, {"cpu_ns", 1}, {"values", {{"early", early}}}};
    result.add(record);
    return std::vector{result};
  };
  EXPECT_TRUE(holds(run(0), "never-early"));
  EXPECT_FALSE(holds(run(1), "never-early"));
}

TEST(Laws, TimeoutsThatCostNothingAreFlagged) {
  const auto run = [](double with) {
    return std::vector{
        synthetic_result("fd_scaling", "fds=1000,active=1", {{"bare/epoll", 100}}),
        synthetic_result("fd_timeouts", "fds=1000,active=1", {{"bare/epoll", with}})};
  };
  EXPECT_TRUE(holds(run(110), "timeouts-cost"));
  EXPECT_FALSE(holds(run(60), "timeouts-cost"));
}

TEST(Laws, NoneIsFoundWhereNothingWasMeasured) {
  EXPECT_TRUE(check_laws({}).empty());
  EXPECT_EQ(law_cells({}).size(), 1u);
}

TEST(Laws, BrokenOnesComeFirst) {
  const Cells cells = law_cells(check_laws(scaling(0.05, 0.3)));
  ASSERT_GT(cells.size(), 2u);
  EXPECT_EQ(cells[1].back(), "BROKEN");
  EXPECT_EQ(cells.back().back(), "holds");
}

}  // namespace
}  // namespace loopmark::harness
