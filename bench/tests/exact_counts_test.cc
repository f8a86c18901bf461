// SPDX-License-Identifier: MIT
//
// What is counted, of real workers: the limit that the bare loop sets, and that counts repeat.
#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>
#include <thread>

#include "harness/arm_process.h"
#include "harness/counted_run.h"
#include "harness/exact_pass.h"
#include "harness/exact_table.h"
#include "harness/programs.h"

namespace loopmark::bench {
namespace {

using namespace harness;

class ExactCounts : public testing::Test {
 protected:
  void SetUp() override {
    for (const Counter& counter : pass_.counters) {
      if (!counter.missing.empty()) GTEST_SKIP() << counter.name << ": " << counter.missing;
    }
  }

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
    for (const std::string& arm : arms)
      listed.emplace_back().plan.label = listed.back().plan.arm = arm;
    std::vector<ScenarioResult> results{ScenarioResult(scenario_record(ping_pong(events), listed))};
    Interruption interruption;
    EXPECT_TRUE(count_exactly(pass_, results, interruption));
    EXPECT_FALSE(varies_without_reason(results.front())) << exact_table(results.front(), false);
    std::vector<Json> counts;
    for (const ArmResult& arm : results.front().arms()) {
      EXPECT_FALSE(arm.exact.contains("missing")) << arm.exact;
      counts.push_back(repeatable(arm.exact));
    }
    return counts;
  }

  ExactPass pass_{.worker = workload_worker(),
                  .counters = exact_counters(),
                  .jobs = 2,
                  .append = [](const Json&) {},
                  .progress = {}};
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

/// All system calls of a worker that does one slot, as the kernel's tracepoint counts them; 0 where
/// that cannot be had.
double calls_by_tracepoint(std::vector<std::string> worker, std::uint64_t events) {
  std::vector<std::string> arguments{"/usr/bin/env",           "perf", "stat", "-x,", "-e",
                                     "raw_syscalls:sys_enter", "--"};
  arguments.insert(arguments.end(), worker.begin(), worker.end());
  arguments.push_back("--events=" + std::to_string(events));
  const WorkerOutcome outcome = run_worker({.arguments = std::move(arguments),
                                            .time_limit = std::chrono::minutes(1),
                                            .traced_on_timeout = false});
  std::istringstream lines(outcome.errors);
  for (std::string line; std::getline(lines, line);) {
    if (line.find("raw_syscalls") != line.npos) return std::strtod(line.c_str(), nullptr);
  }
  return 0;
}

TEST_F(ExactCounts, AgreeWithTheKernelsOwn) {
  ArmPlan arm;
  arm.arm = "epoll";
  const auto worker = workload_arguments(pass_.worker, ping_pong(1), arm);
  const double shorter = calls_by_tracepoint(worker, 1000);
  if (shorter == 0) GTEST_SKIP() << "perf is not installed, or may not count system calls";
  const double longer = calls_by_tracepoint(worker, 6000);
  double by_name = 0;
  for (const auto& [_, calls] : count({"epoll"}).front()["system_calls"].items())
    by_name += calls.get<double>();
  EXPECT_EQ((longer - shorter) / 5000, by_name);
}

}  // namespace
}  // namespace loopmark::bench
