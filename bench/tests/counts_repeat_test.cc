// SPDX-License-Identifier: MIT
//
// Of every scenario with a verdict: what is counted again comes out the same, or the workload says
// why not. System calls and allocations of all of them, in two processes each; instructions, which
// take seconds, of those that stand for all the ways in which a slot could depend on the one before.
#include <algorithm>
#include <cctype>

#include "bench/arms.h"
#include "bench/tests/counting_test.h"
#include "harness/counts_summary.h"
#include "harness/exact_table.h"

namespace loopmark::bench {
namespace {

using namespace harness;

struct Sample {
  const WorkloadRow* row;
  std::string_view parameters;
  std::vector<std::string> arms;

  friend std::ostream& operator<<(std::ostream& out, const Sample& sample) {
    return out << sample.row->name << " " << sample.parameters;
  }
};

std::vector<Sample> judged_scenarios() {
  std::vector<Sample> samples;
  for (const WorkloadRow* row : workloads()) {
    for (const Scenario& scenario : row->scenarios) {
      if (scenario.judged)
        samples.push_back(
            {row, scenario.parameters, {std::string(row->bare_arms.front()), "epoll"}});
    }
  }
  return samples;
}

std::vector<Sample> samples_of_instructions() {
  const auto sample = [](std::string_view workload, std::string_view parameters, const char* arm) {
    return Sample{&find_workload(workload), parameters, {arm}};
  };
  return {sample("fd_scaling", "fds=1000,active=1", "bare/poll"),    // where the ring begins
          sample("fd_timeouts", "fds=1000,active=100", "epoll"),     // the clock, the timers' heap
          sample("registration", "phase=modify,fds=1000", "epoll"),  // trials between slots
          sample("toggle", "fds=100,off=served", "epoll"),
          sample("cascade", "pairs=100,setup=inside", "epoll"),
          sample("pump", "link=tcp,block=65536", "bare/epoll"),  // the place in the stream
          sample("timer_churn", "work=insert_cancel,n=1000", "bare/epoll"),
          sample("timer_churn", "work=rearm,n=1000", "epoll")};
}

ScenarioPlan plan_of(const Sample& sample) {
  ScenarioPlan plan;
  plan.workload = sample.row->name;
  plan.parameters = sample.parameters;
  plan.slot_events = sample.row->slot_events;
  plan.counted_events = sample.row->counted_events;
  plan.not_counted = sample.row->not_counted;
  return plan;
}

std::string name_of(const testing::TestParamInfo<Sample>& test) {
  std::string name = std::string(test.param.row->name) + "_";
  for (const char c : test.param.parameters) name += std::isalnum(c) ? c : '_';
  return name;
}

class CountsOf : public CountingTest, public testing::WithParamInterface<Sample> {
 protected:
  /// What these counters find in so many processes each.
  ScenarioResult count(const std::vector<std::string>& counters, std::size_t runs) {
    std::erase_if(pass_.counters, [&](const Counter& counter) {
      return std::find(counters.begin(), counters.end(), counter.name) == counters.end();
    });
    pass_.runs = runs;
    std::vector<ArmResult> arms;
    for (const std::string& name : GetParam().arms) {
      ArmPlan& plan = arms.emplace_back().plan;
      plan.label = plan.arm = name;
    }
    std::vector<ScenarioResult> results{ScenarioResult(scenario_record(plan_of(GetParam()), arms))};
    Interruption interruption;
    EXPECT_TRUE(count_exactly(pass_, results, interruption));
    EXPECT_EQ(summary_of_counts(results).unexplained, 0u) << exact_table(results.front(), false);
    return std::move(results.front());
  }
};

class CountsOfJudgedScenario : public CountsOf {};
INSTANTIATE_TEST_SUITE_P(All, CountsOfJudgedScenario, testing::ValuesIn(judged_scenarios()),
                         name_of);

TEST_P(CountsOfJudgedScenario, RepeatOrHaveAReason) {
  // strace takes a second, and has the two growths of one process to compare.
  const std::size_t runs = calls_by_kernel().missing.empty() ? 2 : 1;
  const ScenarioResult result = count({"allocations", "system_calls"}, runs);
  for (const ArmResult& arm : result.arms()) {
    for (const Counter& counter : pass_.counters) {
      if (GetParam().row->not_counted.empty()) {
        EXPECT_TRUE(arm.exact.contains(counter.name)) << arm.plan.label << ": " << arm.exact;
      } else {
        EXPECT_EQ(arm.exact.at("missing").at(counter.name), GetParam().row->not_counted);
      }
    }
  }
}

class InstructionsOf : public CountsOf {};
INSTANTIATE_TEST_SUITE_P(Samples, InstructionsOf, testing::ValuesIn(samples_of_instructions()),
                         name_of);

TEST_P(InstructionsOf, Repeat) {
  const ScenarioResult result = count({"instructions"}, 1);
  EXPECT_GT(result.arms().front().exact.at("instructions").at("user"), 10) << "of nothing at all";
}

}  // namespace
}  // namespace loopmark::bench
