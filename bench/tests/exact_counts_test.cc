// SPDX-License-Identifier: MIT
//
// What is counted, of real workers: the limit that the bare loop sets, and that counts repeat.
#include <gtest/gtest.h>

#include <thread>

#include "bench/tests/counting_test.h"
#include "harness/arm_process.h"
#include "harness/counted_run.h"
#include "harness/counts_summary.h"
#include "harness/exact_table.h"

namespace loopmark::bench {
namespace {

using namespace harness;

class ExactCounts : public CountingTest {
 protected:
  static ScenarioPlan ping_pong(std::uint64_t events) {
    ScenarioPlan plan;
    plan.workload = "ping_pong";
    plan.parameters = "loops=1,bytes=1";
    plan.counted_events = events;
    return plan;
  }

  /// What is counted of these arms of a ping-pong.
  std::vector<Json> count(const std::vector<std::string>& arms, std::uint64_t events = 200) {
    std::vector<ArmResult> listed;
    for (const std::string& arm : arms) {
      ArmPlan& plan = listed.emplace_back().plan;
      plan.label = plan.arm = arm;
    }
    std::vector<ScenarioResult> results{ScenarioResult(scenario_record(ping_pong(events), listed))};
    Interruption interruption;
    EXPECT_TRUE(count_exactly(pass_, results, interruption));
    EXPECT_EQ(summary_of_counts(results).unexplained, 0u) << exact_table(results.front(), false);
    std::vector<Json> counts;
    for (const ArmResult& arm : results.front().arms()) {
      EXPECT_FALSE(arm.exact.contains("missing")) << arm.exact;
      counts.push_back(repeatable(arm.exact));
    }
    return counts;
  }
};

TEST_F(ExactCounts, TheBareLoopIsTheLimit) {
#ifndef __OPTIMIZE__
  GTEST_SKIP() << "a build that is not optimized has more instructions";
#endif
  const Json counts = count({"bare/epoll"}, 1000).front();
  EXPECT_EQ(counts["system_calls"], Json({{"epoll_wait", 1.0}, {"read", 1.0}, {"write", 1.0}}));
  EXPECT_LE(counts["instructions"]["user"].get<double>(), 61);
  EXPECT_EQ(counts["allocations"]["calls"], 0.0);
}

TEST_F(ExactCounts, RepeatAlsoBesideABusyLoop) {
  const std::vector<std::string> arms{"bare/epoll", "epoll"};
  const std::vector<Json> first = count(arms);
  {
    const std::jthread busy([](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
      }
    });
    EXPECT_EQ(count(arms), first);
  }
  EXPECT_EQ(count(arms), first);
}

TEST_F(ExactCounts, AreTheSameByKernelAndByTracer) {
  const Counter by_kernel = calls_by_kernel();
  if (!by_kernel.missing.empty()) GTEST_SKIP() << by_kernel.missing;
  pass_.counters = {by_kernel};
  const std::vector<Json> counts = count({"bare/epoll", "epoll"});
  pass_.counters = {calls_by_tracer()};
  EXPECT_EQ(counts, count({"bare/epoll", "epoll"}));
  EXPECT_EQ(counts.front()["system_calls"],
            Json({{"epoll_wait", 1.0}, {"read", 1.0}, {"write", 1.0}}));
}

TEST_F(ExactCounts, LeaveOutTheClientsInASecondThread) {
  ScenarioPlan plan;
  plan.workload = "echo";
  plan.parameters = "connections=1,bytes=64";
  plan.counted_events = 200;
  plan.quantity = Quantity::kProcessorTime;
  std::vector<ArmResult> arms(1);
  arms.front().plan.label = arms.front().plan.arm = "bare/epoll";
  for (const Counter& counter : {calls_by_kernel(), calls_by_tracer()}) {
    if (!counter.missing.empty()) continue;
    pass_.counters = {counter};
    std::vector<ScenarioResult> results{ScenarioResult(scenario_record(plan, arms))};
    Interruption interruption;
    EXPECT_TRUE(count_exactly(pass_, results, interruption));
    const Json& calls = results.front().baseline().exact.at("system_calls");
    EXPECT_NEAR(calls.at("sendto").get<double>(), 1, 0.02) << calls;
    EXPECT_LT(calls.at("epoll_wait").get<double>(), 1.5) << "the client never sleeps";
  }
  pass_.counters = {exact_counters().back()};
  std::vector<ScenarioResult> results{ScenarioResult(scenario_record(plan, arms))};
  Interruption interruption;
  EXPECT_TRUE(count_exactly(pass_, results, interruption));
  const Json& exact = results.front().baseline().exact;
  ASSERT_TRUE(exact.contains("instructions")) << exact;
  EXPECT_LT(exact["instructions"]["user"].get<double>(), 300) << "the client's are thousands";
}

}  // namespace
}  // namespace loopmark::bench
