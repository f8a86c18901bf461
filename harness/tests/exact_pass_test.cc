// SPDX-License-Identifier: MIT
#include "harness/exact_pass.h"

#include <gmock/gmock.h>
#include <signal.h>

#include <filesystem>

#include "harness/counted_run.h"
#include "harness/counts_summary.h"
#include "harness/exact_table.h"
#include "harness/tests/temporary_folder.h"

namespace loopmark::harness {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// A worker that announces three calls and 50 instructions for each event, and two more calls and
/// 1000 instructions for each slot, unless its arm's name says that it does otherwise. It leaves a
/// line for each of its runs.
constexpr const char* kWorker = R"sh(#!/bin/sh
arm=$4
echo "$arm" >>"$(dirname "$0")/runs"
case $arm in
  refuses) echo '{"refused":"needs 9 descriptors"}' >&3; exit 1 ;;
  crashes) echo 'out of cheese' >&2; kill -SEGV $$ ;;
  stops) kill -INT $PPID; exec sleep 60 ;;
esac
echo '{"evidence":"fake","left_to_chance":"'"$(test $arm = dice && echo dice)"'"}' >&3
for word in "$@";
do case $word in --events=*) sizes=$(echo "${word#*=}" | tr , ' ') ;; esac; done
number=0
for events in $sizes; do
  number=$((number + 1))
  extra=2
  case $arm.$number in dice.6 | careless.6) extra=3 ;; esac
  echo "loopmark-region: begins" >&2
  echo "loopmark-region: ends calls=$((3 * events + extra)) user=$((50 * events + 1000))" >&2
  echo "loopmark-region: slot heap=$((4000 + 16 * events)) resident=$$" >&2
  [ $arm = uncut ] && events=500
  echo '{"events":'$events'}' >&3
done
echo '{"verified":true}' >&3
)sh";

std::vector<std::string> no_prefix(const std::filesystem::path&, bool) {
  return {};
}

std::vector<SlotCounts> announced(const WorkerOutcome& outcome, const std::filesystem::path&) {
  return read_announcements(outcome.errors);
}

class ExactPassTest : public testing::Test {
 protected:
  ExactPassTest() {
    overwrite(worker_, kWorker);
    std::filesystem::permissions(worker_, std::filesystem::perms::owner_all);
    pass_ = {
        .worker = worker_,
        .counters = {{"first", "", no_prefix, announced}, {"second", "", no_prefix, announced}},
        .jobs = 2,
        .append = [this](const Json& record) { journal_.push_back(record); },
        .progress = {}};
  }

  ScenarioResult scenario(const std::vector<std::string>& arms, bool judged = true) {
    ScenarioPlan plan;
    plan.workload = "fake";
    plan.judged = judged;
    plan.counted_events = 100;
    std::vector<ArmResult> listed;
    for (const std::string& arm : arms) {
      ArmPlan& listed_plan = listed.emplace_back().plan;
      listed_plan.label = listed_plan.arm = arm;
    }
    return ScenarioResult(scenario_record(plan, listed));
  }

  /// What is counted of `arm`.
  Json counts_of_arm(const std::string& arm) {
    results_ = {scenario({arm})};
    Interruption interruption;
    EXPECT_TRUE(count_exactly(pass_, results_, interruption));
    return results_.front().arms().front().exact;
  }

  /// The arms whose workers ran.
  std::string runs() const { return contents(folder_ / "runs"); }

  TemporaryFolder folder_;
  std::filesystem::path worker_ = folder_ / "worker";
  ExactPass pass_;
  std::vector<Json> journal_;
  std::vector<ScenarioResult> results_;
};

TEST_F(ExactPassTest, DividesTheGrowthByTheEvents) {
  const Json counts = counts_of_arm("steady");
  EXPECT_EQ(counts["events"], Json({100, 600}));
  EXPECT_EQ(counts["first"]["calls"], 3.0);
  EXPECT_EQ(counts["first"]["user"], 50.0);
  EXPECT_EQ(counts["first"]["growth"], 16.0);
  EXPECT_EQ(counts["first"]["heap"], 5600.0);
  EXPECT_EQ(counts["first"], counts["second"]);
  EXPECT_FALSE(counts.contains("varies"));
  EXPECT_FALSE(counts.contains("missing"));
  ASSERT_EQ(journal_.size(), 1u);
  EXPECT_EQ(journal_[0]["record"], "exact");
  EXPECT_EQ(journal_[0]["counts"], counts);
}

TEST_F(ExactPassTest, ComparesRunsOfTheirOwnToo) {
  pass_.runs = 3;
  EXPECT_FALSE(counts_of_arm("steady").contains("varies"));
  EXPECT_EQ(runs(), "steady\nsteady\nsteady\nsteady\nsteady\nsteady\n");
}

TEST_F(ExactPassTest, SaysWhatVariesAndWhatTheWorkloadHasToSayToThat) {
  const Json dice = counts_of_arm("dice");
  EXPECT_EQ(dice["varies"]["first"], Json({{"calls", {3.0, 3.002}}}));
  EXPECT_EQ(dice["because"], "dice");
  EXPECT_EQ(summary_of_counts(results_).unexplained, 0u);
  EXPECT_THAT(exact_table(results_.front(), false), HasSubstr("first vary: dice (dice)"));

  counts_of_arm("careless");
  EXPECT_EQ(summary_of_counts(results_).unexplained, 2u);
  EXPECT_THAT(exact_table(results_.front(), false), HasSubstr("UNEXPLAINED"));
}

TEST_F(ExactPassTest, WhatVariesIsNotRepeatable) {
  EXPECT_THAT(repeatable(counts_of_arm("dice")), IsEmpty());
  const Json steady = repeatable(counts_of_arm("steady"));
  EXPECT_EQ(steady, repeatable(counts_of_arm("steady")));
  EXPECT_EQ(steady.size(), 2u);
  const Json allocations{{"calls", 1.0}, {"bytes", 16.0}, {"frees", 1.0}};
  Json by_chance{
      {"because", "two threads"}, {"allocations", allocations}, {"instructions", {{"user", 61.0}}}};
  by_chance["allocations"]["growth"] = 0.5;
  EXPECT_EQ(repeatable(by_chance), Json({{"allocations", allocations}}));
  by_chance["varies"]["allocations"]["calls"] = {1.0, 2.0};
  EXPECT_THAT(repeatable(by_chance), IsEmpty());
}

TEST_F(ExactPassTest, ARefusalIsTheReasonWhoeverCounts) {
  pass_.jobs = 1;
  const Json counts = counts_of_arm("refuses");
  EXPECT_EQ(counts["missing"]["first"], "needs 9 descriptors");
  EXPECT_EQ(counts["missing"]["second"], "needs 9 descriptors");
  EXPECT_EQ(runs(), "refuses\n");
  EXPECT_THAT(exact_table(results_.front(), false),
              HasSubstr("first n/a: needs 9 descriptors (refuses)"));
}

TEST_F(ExactPassTest, ACrashIsAReasonWithTheLastWords) {
  const Json counts = counts_of_arm("crashes");
  EXPECT_THAT(counts["missing"]["first"].get<std::string>(), HasSubstr("SIGSEGV"));
  EXPECT_THAT(counts["missing"]["first"].get<std::string>(), HasSubstr("out of cheese"));
}

TEST_F(ExactPassTest, SlotsOfOneSizeHaveNoGrowth) {
  EXPECT_EQ(counts_of_arm("uncut")["missing"]["first"],
            "slots of 500 and of 500 events cannot be told apart");
}

TEST_F(ExactPassTest, ACounterThatIsNotHereIsAReason) {
  pass_.counters[1].missing = "strace is not installed";
  EXPECT_EQ(counts_of_arm("steady")["missing"]["second"], "strace is not installed");
  pass_.counters[0].missing = "neither is this";
  EXPECT_EQ(counts_of_arm("steady")["missing"]["first"], "neither is this");
  EXPECT_EQ(runs(), "steady\n");
}

TEST_F(ExactPassTest, SaysWhyAScenarioIsNotCounted) {
  ScenarioPlan plan = scenario({"steady"}).plan();
  plan.not_counted = "paced by the clock";
  results_ = {ScenarioResult(scenario_record(plan, scenario({"steady"}).arms()))};
  Interruption interruption;
  EXPECT_TRUE(count_exactly(pass_, results_, interruption));
  EXPECT_EQ(results_.front().arms().front().exact,
            Json({{"missing", {{"first", plan.not_counted}, {"second", plan.not_counted}}}}));
  EXPECT_THAT(exact_table(results_.front(), false),
              HasSubstr("are not counted: paced by the clock\n"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "runs"));
}

TEST_F(ExactPassTest, WhatIsLeftToChanceIsShownAsARangeAndNeverBelowNothing) {
  results_ = {scenario({"any"})};
  results_.front().add(
      exact_record(results_.front().plan().id(), "any",
                   {{"system_calls", {{"read", 1.0}}},
                    {"varies", {{"system_calls", {{"read", {1.0, 1.25}}, {"write", {-0.5, 0.5}}}}}},
                    {"because", "dice"}}));
  const std::string table = exact_table(results_.front(), false);
  EXPECT_THAT(table, HasSubstr("1.000..1.750"));
  EXPECT_THAT(table, HasSubstr("read 1.000..1.250 write 0.000..0.500"));
  EXPECT_THAT(table, HasSubstr("system calls vary: dice (any)"));
}

TEST_F(ExactPassTest, CountsSlowlyOnlyWhatIsJudgedAndHasNoCountsYet) {
  results_ = {scenario({"base", kTwin, kPlanted, "a", "lost"}), scenario({"curve"}, false)};
  results_[0].add(exact_record(results_[0].plan().id(), "base", {{"events", {1, 6}}}));
  results_[0].add(lost_record(results_[0].plan().id(), "lost", "died", false));
  Interruption interruption;
  EXPECT_TRUE(count_exactly(pass_, results_, interruption));
  EXPECT_EQ(runs(), "a\na\n");
  EXPECT_THAT(results_[1].arms().front().exact.at("missing").at("first").get<std::string>(),
              HasSubstr("counted on demand"));
}

TEST_F(ExactPassTest, CountsPointsOfCurvesWithWhatIsQuick) {
  pass_.counters[0].quick = true;
  results_ = {scenario({"steady"}, false)};
  Interruption interruption;
  EXPECT_TRUE(count_exactly(pass_, results_, interruption));
  EXPECT_EQ(runs(), "steady\n");
  pass_.thorough = true;
  results_ = {scenario({"steady"}, false)};
  EXPECT_TRUE(count_exactly(pass_, results_, interruption));
  EXPECT_EQ(runs(), "steady\nsteady\nsteady\n");
}

TEST_F(ExactPassTest, CurvesSayWhyPointsHaveNoCounts) {
  results_ = {scenario({"steady", "uncut"}, false)};
  pass_.counters[0].quick = true;
  pass_.counters[0].name = "system_calls";
  Interruption interruption;
  EXPECT_TRUE(count_exactly(pass_, results_, interruption));
  const std::string table = exact_curves({&results_.front()}, false);
  EXPECT_THAT(table, HasSubstr("system calls n/a: slots of 500 and of 500 events"));
  EXPECT_THAT(table, HasSubstr("second n/a: counted on demand"));
}

TEST_F(ExactPassTest, AnInterruptionEndsItAndLeavesNoHalfCounts) {
  results_ = {scenario({"steady", "stops", "after"})};
  Interruption interruption;
  EXPECT_FALSE(count_exactly(pass_, results_, interruption));
  EXPECT_TRUE(results_[0].arms()[1].exact.is_null());
  EXPECT_THAT(runs(), Not(HasSubstr("after")));
}

}  // namespace
}  // namespace loopmark::harness
