// SPDX-License-Identifier: MIT
#include "harness/laws.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "harness/tests/synthetic_results.h"

namespace loopmark::harness {
namespace {

using Results = std::vector<ScenarioResult>;
using Arms = std::vector<std::pair<std::string, double>>;

std::vector<LawFinding> findings_of(const Results& results, const std::string& law) {
  std::vector<LawFinding> findings = check_laws(results);
  std::erase_if(findings, [&law](const LawFinding& each) { return each.law != law; });
  return findings;
}

/// How the law stands, which must have been looked at: broken if one arm breaks it.
Standing standing(const Results& results, const std::string& law) {
  const std::vector<LawFinding> findings = findings_of(results, law);
  EXPECT_FALSE(findings.empty()) << law << " was not looked at";
  for (const Standing each : {Standing::kBroken, Standing::kOpen, Standing::kNotJudged}) {
    if (std::any_of(findings.begin(), findings.end(),
                    [each](const LawFinding& one) { return one.standing == each; }))
      return each;
  }
  return Standing::kHolds;
}

bool holds(const Results& results, const std::string& law) {
  const Standing found = standing(results, law);
  EXPECT_TRUE(found == Standing::kHolds || found == Standing::kBroken) << law;
  return found == Standing::kHolds;
}

Results scaling(double epoll_growth, double poll_growth, std::size_t rounds = kLawRounds) {
  Results results;
  for (const double fds : {300.0, 1000.0, 3000.0}) {
    results.push_back(synthetic_result(
        "fd_scaling", "fds=" + std::to_string(static_cast<int>(fds)) + ",active=1",
        {{"bare/epoll", std::pow(fds, epoll_growth)}, {"bare/poll", std::pow(fds, poll_growth)}},
        rounds));
  }
  return results;
}

TEST(Laws, AScanThatDoesNotGrowIsFlagged) {
  EXPECT_TRUE(holds(scaling(0.05, 0.95), "scan-grows"));
  EXPECT_FALSE(holds(scaling(0.05, 0.3), "scan-grows"));
  EXPECT_EQ(standing(scaling(0.05, 0.75), "scan-grows"), Standing::kOpen) << "drift explains it";
}

TEST(Laws, AReadyListThatGrowsIsFlagged) {
  EXPECT_TRUE(holds(scaling(0.2, 1), "ready-list-is-flat"));
  EXPECT_FALSE(holds(scaling(0.4, 1), "ready-list-is-flat"));
  EXPECT_EQ(standing(scaling(0.3, 1), "ready-list-is-flat"), Standing::kOpen);
}

TEST(Laws, PollAsFastAsEpollAmongAThousandIsFlagged) {
  EXPECT_TRUE(holds(scaling(0, 1), "poll-against-epoll"));
  EXPECT_FALSE(holds(scaling(0, 0.1), "poll-against-epoll"));
}

TEST(Laws, CurvesOfTooFewRoundsAreLeftOut) {
  EXPECT_FALSE(findings_of(scaling(0.05, 0.3), "scan-grows").empty());
  EXPECT_TRUE(findings_of(scaling(0.05, 0.3, kLawRounds - 1), "scan-grows").empty());
}

/// Poll's times with a hundred active, where epoll's is 100.
Results density(const std::vector<std::pair<int, double>>& points) {
  Results results;
  for (const auto& [fds, poll] : points) {
    results.push_back(synthetic_result("fd_scaling", "fds=" + std::to_string(fds) + ",active=100",
                                       {{"bare/epoll", 100}, {"bare/poll", poll}}));
  }
  return results;
}

TEST(Laws, CurvesOfPollAndEpollThatDoNotCrossWhereTheyMustAreFlagged) {
  constexpr const char* kLaw = "density-decides";
  EXPECT_TRUE(holds(density({{100, 84}, {300, 81}, {1000, 99}, {3000, 152}}), kLaw));
  EXPECT_FALSE(holds(density({{100, 110}, {1000, 120}, {3000, 150}}), kLaw)) << "never as fast";
  EXPECT_FALSE(holds(density({{100, 80}, {1000, 85}, {3000, 90}}), kLaw)) << "never slower";
  EXPECT_FALSE(holds(density({{100, 80}, {3000, 90}, {9900, 150}}), kLaw)) << "too sparse";
  EXPECT_TRUE(findings_of(density({{1000, 110}, {3000, 150}}), kLaw).empty()) << "cannot be seen";
  EXPECT_EQ(findings_of(density({{100, 50}, {10000, 200}}), kLaw).front().observed,
            "0.50 times epoll at fds=100, 2.00 at fds=10000; as fast where 0.10 are active");
}

/// An epoll loop's times among a thousand descriptors, by how many are active.
Results shared(const std::vector<std::pair<int, double>>& points) {
  Results results;
  for (const auto& [active, ns] : points) {
    results.push_back(
        synthetic_result("fd_scaling", "fds=1000,active=" + std::to_string(active),
                         {{"bare/epoll", ns}, {kTwin, ns}, {"epoll", ns}, {"bare/poll", 9e4}}));
  }
  return results;
}

TEST(Laws, EventsThatDoNotGetCheaperWithEveryWaitTheyShareAreFlagged) {
  constexpr const char* kLaw = "waits-are-shared";
  EXPECT_EQ(standing(shared({{1, 200}, {10, 150}, {100, 140}}), kLaw), Standing::kHolds);
  EXPECT_EQ(standing(shared({{1, 200}, {100, 205}}), kLaw), Standing::kBroken);
  EXPECT_EQ(standing(shared({{1, 200}, {10, 105}, {100, 150}}), kLaw), Standing::kBroken);
  EXPECT_EQ(standing(shared({{1, 200}, {10, 110}, {100, 120}}), kLaw), Standing::kOpen);
  for (const LawFinding& each : findings_of(shared({{1, 200}, {100, 150}}), kLaw))
    EXPECT_TRUE(each.arm == "bare/epoll" || each.arm == "epoll") << each.arm;
}

TEST(Laws, TimersWhoseCostGrowsAsThatOfAListAreFlagged) {
  const auto run = [](double growth) {
    Results results;
    for (const double n : {100.0, 1000.0, 10'000.0}) {
      results.push_back(synthetic_result("timer_churn",
                                         "work=rearm,n=" + std::to_string(static_cast<int>(n)),
                                         {{"bare/epoll", std::pow(n, growth)}}));
    }
    return results;
  };
  EXPECT_TRUE(holds(run(0.25), "timers-grow-slowly"));
  EXPECT_FALSE(holds(run(1), "timers-grow-slowly"));
  EXPECT_EQ(standing(run(0.43), "timers-grow-slowly"), Standing::kOpen);
}

TEST(Laws, AWrapperThatCostsMoreThanItsLibraryIsFlagged) {
  const auto run = [](double wrapper, std::size_t rounds = kLawRounds) {
    return Results{synthetic_result(
        "ping_pong", "loops=1",
        {{"bare/epoll", 100}, {"libev/epoll", wrapper}, {"api:libev/epoll", 110}}, rounds)};
  };
  EXPECT_TRUE(holds(run(115), "wrapper-tax"));
  EXPECT_FALSE(holds(run(117), "wrapper-tax"));
  EXPECT_EQ(standing(run(200, 7), "wrapper-tax"), Standing::kNotJudged) << "no interval";
}

TEST(Laws, WhatAnIntervalLeavesOpenNeitherHoldsNorIsBroken) {
  EXPECT_EQ(at_most({1.061, 1.049, 1.071, 400}, 1.05), Standing::kOpen);
  EXPECT_EQ(at_most({1.049, 1.040, 1.0501, 400}, 1.05), Standing::kOpen);
  EXPECT_EQ(at_most({1.061, 1.051, 1.071, 400}, 1.05), Standing::kBroken);
  EXPECT_EQ(at_most({1.022, 1.011, 1.030, 400}, 1.05), Standing::kHolds);
}

TEST(Laws, LoopsOnTheSameKernelPathThatDifferAreFlagged) {
  const auto run = [](double ns, const char* parameters) {
    return Results{synthetic_result("ping_pong", parameters, {{"bare/epoll", 100}, {"epoll", ns}})};
  };
  EXPECT_TRUE(holds(run(103, "loops=2,bytes=1"), "same-path-same-latency"));
  EXPECT_FALSE(holds(run(105, "loops=2,bytes=1"), "same-path-same-latency"));
  EXPECT_TRUE(findings_of(run(105, "loops=1,bytes=1"), "same-path-same-latency").empty());
}

TEST(Laws, ALoopThatIsQuickerThanTheBareOneIsFlagged) {
  const auto run = [](double ns, const char* workload) {
    return Results{synthetic_result(workload, "connections=1",
                                    {{"bare/epoll", 100}, {"epoll", ns}, {"poll", 50}})};
  };
  EXPECT_TRUE(holds(run(99.5, "echo"), "bare-is-the-limit"));
  EXPECT_FALSE(holds(run(98, "echo"), "bare-is-the-limit"));
  EXPECT_EQ(findings_of(run(98, "echo"), "bare-is-the-limit").size(), 1u);  // there is no bare/poll
  EXPECT_TRUE(findings_of(run(98, "registration"), "bare-is-the-limit").empty());
}

TEST(Laws, ALoopThatMovesBulkDataSlowerWithEqualBuffersIsFlagged) {
  const auto run = [](double ns) {
    return Results{synthetic_result("pump", "link=tcp,block=65536",
                                    {{"bare/epoll", 1000}, {"libev/epoll", ns}})};
  };
  EXPECT_TRUE(holds(run(1140), "equal-buffers-equal-speed"));
  EXPECT_FALSE(holds(run(1160), "equal-buffers-equal-speed"));
}

TEST(Laws, EventsThatPayForRegistrationsAreFlagged) {
  const auto run = [](double lazy) {
    return Results{
        synthetic_result("fd_scaling", "fds=100,active=1",
                         {{"bare/epoll", 100}, {"libev/epoll", lazy}, {"bare/poll", 900}})};
  };
  EXPECT_TRUE(holds(run(190), "settled-events-cost-alike"));
  EXPECT_FALSE(holds(run(210), "settled-events-cost-alike"));
  EXPECT_EQ(findings_of(run(210), "settled-events-cost-alike").front().arm, "libev/epoll");
}

TEST(Laws, PercentilesThatHideAStallAreFlagged) {
  const auto run = [](std::uint64_t planned) {
    ScenarioResult result =
        synthetic_result("open_loop", "load=10,stall=100", {{"bare/epoll", 100}});
    const std::map<std::string, Histogram> both{{"planned", durations(planned, 1)},
                                                {"sent", durations(10, 1)}};
    add_round(result, {{"bare/epoll", slot_with(Json::object(), both)}});
    return Results{result};
  };
  EXPECT_TRUE(holds(run(100'000), "coordinated-omission"));
  EXPECT_FALSE(holds(run(900), "coordinated-omission"));
}

/// One slot of a workload that names a value.
Results with_value(const char* workload, const char* name, double value) {
  ScenarioResult result = synthetic_result(workload, "size=1", {{"bare/epoll", 100}}, 0);
  add_round(result, {{"bare/epoll", slot_with({{name, value}})}});
  return {result};
}

TEST(Laws, AnEarlyTimerIsFlagged) {
  EXPECT_TRUE(holds(with_value("timer_lateness", "early", 0), "never-early"));
  EXPECT_FALSE(holds(with_value("timer_lateness", "early", 1), "never-early"));
}

/// Periods of idling.
Results idling(double wakes, double microseconds, std::size_t periods = 5,
               const char* parameters = "fds=9,idle_ms=100") {
  ScenarioResult result = synthetic_result("idle_cost", parameters, {{"bare/epoll", 100}}, 0);
  for (std::size_t i = 0; i < periods; ++i)
    add_round(result, {{"bare/epoll", slot_with({{"needless wakes a second", wakes},
                                                 {"processor us a second", microseconds}})}});
  return {result};
}

TEST(Laws, ALoopThatWakesUpWithNothingToDoIsFlagged) {
  EXPECT_EQ(standing(idling(9, 500), "idle-is-idle"), Standing::kHolds);
  EXPECT_EQ(standing(idling(10, 500), "idle-is-idle"), Standing::kBroken);
  EXPECT_EQ(standing(idling(10, 500, 4), "idle-is-idle"), Standing::kNotJudged);
  EXPECT_EQ(standing(idling(10, 500, 5, "idle_ms=99"), "idle-is-idle"), Standing::kNotJudged);
  EXPECT_EQ(standing(idling(10, 500, 5, "idle_ms=long"), "idle-is-idle"), Standing::kNotJudged);
  EXPECT_EQ(standing(idling(10, 500, 5, "fds=9"), "idle-is-idle"), Standing::kBroken);
}

TEST(Laws, ALoopThatSpinsWithNothingToDoIsFlagged) {
  EXPECT_EQ(standing(idling(0, 990'000), "idle-is-idle"), Standing::kBroken);
}

Results timeouts(double without, double with, std::size_t rounds = kLawRounds) {
  return {synthetic_result("fd_scaling", "fds=1000,active=1", {{"bare/epoll", without}}, rounds),
          synthetic_result("fd_timeouts", "fds=1000,active=1", {{"bare/epoll", with}}, rounds)};
}

TEST(Laws, ByTimeAloneTimeoutsThatCostNothingAreLeftOpen) {
  constexpr const char* kLaw = "timeouts-cost";
  EXPECT_EQ(standing(timeouts(100, 110), kLaw), Standing::kHolds);
  EXPECT_EQ(standing(timeouts(100, 42), kLaw), Standing::kOpen) << "it may be the machine's drift";
  EXPECT_EQ(standing(timeouts(100, 60, kLawRounds - 1), kLaw), Standing::kNotJudged);
}

TEST(Laws, TimeoutsAreNotPricedByTheTimesOfAnInvalidScenario) {
  Results results = timeouts(100, 60);
  results[0] =
      synthetic_result("fd_scaling", "fds=1000,active=1", {{"bare/epoll", 100}, {kTwin, 150}});
  EXPECT_EQ(standing(results, "timeouts-cost"), Standing::kNotJudged);
  for (std::size_t i = 0; i < 2; ++i)
    count(results[i], "bare/epoll", {{"instructions", {{"user", 50.0 + static_cast<double>(i)}}}});
  EXPECT_TRUE(holds(results, "timeouts-cost"));
}

TEST(Laws, TimeoutsArePricedByInstructionsWhereTheseWereCounted) {
  const auto run = [](double with) {
    Results results = timeouts(100, 60);
    count(results[0], "bare/epoll", {{"instructions", {{"user", 50.0}}}});
    count(results[1], "bare/epoll", {{"instructions", {{"user", with}}}});
    return results;
  };
  EXPECT_TRUE(holds(run(51), "timeouts-cost"));
  EXPECT_EQ(standing(run(50), "timeouts-cost"), Standing::kBroken);
}

TEST(Laws, WhatRestsOnAnInvalidScenarioIsNotJudged) {
  const auto run = [](double twin) {
    return Results{synthetic_result(
        "ping_pong", "loops=1",
        {{"bare/epoll", 100}, {kTwin, twin}, {"libev/epoll", 200}, {"api:libev/epoll", 110}})};
  };
  EXPECT_EQ(standing(run(100), "wrapper-tax"), Standing::kBroken);
  EXPECT_EQ(standing(run(150), "wrapper-tax"), Standing::kNotJudged);
}

TEST(Laws, NoneIsFoundWhereNothingWasMeasured) {
  EXPECT_TRUE(check_laws({}).empty());
  EXPECT_EQ(law_cells({}).size(), 1u);
}

TEST(Laws, BrokenOnesComeFirstAndThoseThatHoldLast) {
  const auto finding = [](Standing standing) {
    return LawFinding{"law", "where", "arm", "observed", "expected", standing, {}};
  };
  std::vector<std::string> states;
  for (const auto& row : law_cells({finding(Standing::kHolds), finding(Standing::kNotJudged),
                                    finding(Standing::kOpen), finding(Standing::kBroken)}))
    states.push_back(row.back());
  EXPECT_EQ(states, (std::vector<std::string>{"", "BROKEN", "open", "not judged", "holds"}));
}

}  // namespace
}  // namespace loopmark::harness
