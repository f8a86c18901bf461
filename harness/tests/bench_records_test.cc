// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "harness/bench_results.h"

namespace loopmark::harness {
namespace {

/// One that has nothing as it is by default.
ScenarioPlan planned() {
  const ArmPlan base{"base", "bare/epoll", "module.so", "epoll", "1", 0.05, 7, "FD-ADD-01"};
  return {.workload = "fake",
          .parameters = "size=1",
          .unit = "event",
          .operation = "request",
          .question = "How long?",
          .timed = "from here to there",
          .not_shown = "what lies beyond",
          .verdicts = "both",
          .judged = false,
          .why_unjudged = "2 busy threads on 1 processor",
          .quantity = Quantity::kProcessorTime,
          .threads = 2,
          .slot_events = 100,
          .slot_ms = 20,
          .sampled_every = 4,
          .clauses = {"FD-ADD-01"},
          .counted_events = 10,
          .not_counted = "it waits",
          .attempt = 2,
          .pace = 1000,
          .effort = {50, 200, 200, 0.02, 0.03, 65, 12},
          .why_margin = "two threads",
          .arms = {base}};
}

TEST(BenchRecords, ScenarioThatIsReadIsTheOneThatWasPlanned) {
  const ScenarioPlan plan = planned();
  ArmResult arm;
  arm.plan = plan.arms.front();
  arm.evidence = "epoll_wait";
  arm.events = 100;
  const Json record = scenario_record(plan, {arm});
  const ScenarioResult read(record);
  EXPECT_EQ(scenario_record(read.plan(), read.arms()), record);
  EXPECT_EQ(read.plan().threads, 2u);
}

TEST(BenchRecords, ScenarioOfAnOlderRunHasOneThreadAndTimesOperationsInEachRound) {
  Json record = scenario_record(planned(), {ArmResult{}});
  record.erase("threads");
  record.erase("sampled_every");
  EXPECT_EQ(ScenarioResult(record).plan().threads, 1u);
  EXPECT_EQ(ScenarioResult(record).plan().sampled_every, 1u);
}

TEST(BenchRecords, OperationsAreTimedAsOftenInEachLaunch) {
  Json record = scenario_record(planned(), {ArmResult{}});
  for (const std::size_t every : {0U, 5U}) {
    record["sampled_every"] = every;
    EXPECT_THROW(ScenarioResult{record}, std::invalid_argument) << every;
  }
}

}  // namespace
}  // namespace loopmark::harness
