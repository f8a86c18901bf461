// SPDX-License-Identifier: MIT
//
// The gate, over the tests' own worker: fake/bad fails its cases as their names say, fake/good
// passes all of them.
#include "harness/gate.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include "harness/bench_export.h"
#include "harness/bench_table.h"
#include "harness/exit_code.h"
#include "harness/tests/synthetic_results.h"

namespace loopmark::harness {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Gate : public testing::Test {
 protected:
  Gate() {
    ::setenv("LOOPMARK_CASE_WORKER", LOOPMARK_FAKE_WORKER, 1);
    catalogue_.backends = probe_module(LOOPMARK_FAKE_WORKER, "builtin");
  }

  static ScenarioPlan depending_on(std::vector<std::string> clauses) {
    ScenarioPlan plan;
    plan.workload = "ping_pong";
    plan.parameters = "loops=1";
    plan.unit = "message";
    plan.effort = {8, 20, 20, 0.01, 0.01};
    plan.clauses = std::move(clauses);
    for (const char* const arm : {"bare/epoll", "fake/good", "fake/bad", "api:fake/bad"})
      plan.arms.push_back({.label = arm, .arm = arm, .module = "", .mechanism = "", .version = ""});
    return plan;
  }

  void strike(std::vector<ScenarioPlan>& plan) {
    Interruption interruption;
    strike_out(plan, {catalogue_.find("fake/good"), catalogue_.find("fake/bad")}, interruption);
  }

  /// For what the arm is struck out, when the work depends on these.
  std::string struck(std::vector<std::string> clauses, std::size_t arm = 2) {
    std::vector<ScenarioPlan> plan{depending_on(std::move(clauses))};
    strike(plan);
    return plan.front().arms.at(arm).struck;
  }

  BackendCatalogue catalogue_;
};

constexpr const char* kPasses = "FD-ADD-13";
constexpr const char* kFails = "FD-ADD-08";
constexpr const char* kCrashes = "FD-ADD-15";
constexpr const char* kNotOffered = "FD-ADD-12";

TEST_F(Gate, StrikesOutABackendThatFailsAClauseOrCrashesInIt) {
  EXPECT_EQ(struck({kFails}), "FD-ADD-08: fail");
  EXPECT_EQ(struck({kCrashes}), "FD-ADD-15: crash");
  EXPECT_EQ(struck({kFails, kPasses, kCrashes}), "FD-ADD-08: fail; FD-ADD-15: crash");
}

TEST_F(Gate, LetsThroughWhoKeepsTheClausesOrNeedNot) {
  EXPECT_EQ(struck({kPasses}), "");
  EXPECT_EQ(struck({kNotOffered}), "");
  EXPECT_EQ(struck({}), "");
  for (const std::size_t other : {0U, 1U, 3U}) EXPECT_EQ(struck({kFails}, other), "") << other;
}

TEST_F(Gate, LooksOnlyAtWhatAWorkloadDependsOn) {
  std::vector<ScenarioPlan> plan{depending_on({kPasses}), depending_on({kFails})};
  strike(plan);
  EXPECT_EQ(plan[0].arms[2].struck, "");
  EXPECT_EQ(plan[1].arms[2].struck, "FD-ADD-08: fail");
}

TEST_F(Gate, LetsNobodyThroughThatItHadNoTimeToJudge) {
  std::vector<ScenarioPlan> plan{depending_on({kFails})};
  Interruption interruption;
  ::raise(SIGINT);
  try {
    strike_out(plan, {catalogue_.find("fake/bad")}, interruption);
    FAIL() << "went on";
  } catch (const CommandError& error) {
    EXPECT_EQ(error.code, ExitCode::kInterrupted);
  }
}

TEST_F(Gate, RefusesAClauseThatNoCaseJudges) {
  try {
    struck({kFails, "FD-ADD-99"});
    FAIL() << "not refused";
  } catch (const EnvironmentError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("FD-ADD-99"), Not(HasSubstr(kFails))));
  }
}

// Though it was measured, nobody gets to see its number.
TEST_F(Gate, TheClauseStandsInPlaceOfTheNumber) {
  std::vector<ScenarioPlan> plan{depending_on({kFails})};
  strike(plan);
  std::vector<ArmResult> arms;
  std::map<std::string, Json> slots;
  for (const ArmPlan& arm : plan.front().arms) {
    arms.emplace_back().plan = arm;
    const int ns = arm.label == "fake/bad" ? 77'000 : 100'000;
    slots[arm.label] = {{"events", 1000}, {"wall_ns", ns}, {"cpu_ns", ns}};
  }
  std::vector<ScenarioResult> results{ScenarioResult(scenario_record(plan.front(), arms))};
  for (int round = 0; round < 20; ++round) add_round(results.front(), slots);

  const std::string table = bench_tables(results, "md");
  EXPECT_THAT(table, HasSubstr("fake/bad: struck out: FD-ADD-08: fail\n"));
  EXPECT_THAT(table, HasSubstr("| fake/good |"));
  EXPECT_THAT(table, Not(HasSubstr("| fake/bad |")));
  EXPECT_THAT(table, Not(HasSubstr("77")));
  for (const Json& row : bench_json(results, kOrigin)) {
    EXPECT_EQ(row.contains("ns"), row.at("arm") != "fake/bad") << row;
    if (!row.contains("ns")) {
      EXPECT_EQ(row.at("not_measured"), "struck out: FD-ADD-08: fail");
    }
  }
  EXPECT_THAT(bench_csv(results, kOrigin),
              AllOf(HasSubstr("\"struck out: FD-ADD-08: fail\""), Not(HasSubstr(",77.00,"))));
}

}  // namespace
}  // namespace loopmark::harness
