// SPDX-License-Identifier: MIT
#include "harness/conductor.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>

namespace loopmark::harness {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// An arm that does nothing and says how long it took.
struct FakeArm {
  double ns_an_event = 100;
  std::size_t dies_at_slot = 0;  // counted over all its processes; 0: never
  std::string refuses = {};
};

class FakeMachine {
 public:
  std::map<std::string, FakeArm> arms;  // by label
  std::vector<Json> journal;
  std::vector<std::string> launches;  // labels
  std::vector<std::string> slots;     // labels, without calibration
  bool interrupt_at_round = false;
  std::size_t interrupt_round = 0;

  Conductor::Surroundings surroundings(std::uint64_t seed = 1) {
    return {.launch =
                [this](const ScenarioPlan&, const ArmPlan& arm, const std::vector<int>&) {
                  launches.push_back(arm.label);
                  return std::make_unique<Process>(*this, arm.label);
                },
            .append = [this](const Json& record) { journal.push_back(record); },
            .interrupted = [this] { return interrupt_at_round && rounds() >= interrupt_round; },
            .progress = [](const ScenarioResult&) {},
            .seed = seed};
  }

  std::size_t rounds() const { return records("round").size(); }

  std::vector<Json> records(const std::string& kind) const {
    std::vector<Json> found;
    for (const Json& record : journal) {
      if (record.at("record") == kind) found.push_back(record);
    }
    return found;
  }

 private:
  class Process final : public ArmUnderTest {
   public:
    Process(FakeMachine& machine, std::string label)
        : machine_(machine), label_(std::move(label)) {}

    Json ask(const std::string& command) override {
      FakeArm& arm = machine_.arms[label_];
      if (command == "prepare" && !arm.refuses.empty()) throw ArmLost(arm.refuses, true);
      if (command == "prepare") return {{"evidence", "fake"}};
      if (command == "verify") return {{"verified", true}};
      if (command.starts_with("plant")) return {{"ns_a_step", 1.0}};
      if (!machine_.records("scenario").empty()) machine_.slots.push_back(label_);
      if (arm.dies_at_slot > 0 && --arm.dies_at_slot == 0) throw ArmLost("was killed", false);
      const double events = std::stod(command.substr(command.find(' ')));
      return {{"events", events},
              {"wall_ns", events * arm.ns_an_event},
              {"cpu_ns", events * arm.ns_an_event},
              {"involuntary_switches", 0}};
    }

   private:
    FakeMachine& machine_;
    std::string label_;
  };
};

ScenarioPlan plan_of(const std::vector<std::string>& labels, std::size_t rounds) {
  ScenarioPlan plan;
  plan.workload = "fake";
  plan.parameters = "size=1";
  plan.unit = "event";
  plan.effort = {8, rounds, rounds, 0.01, -1};  // a target that is never met
  for (const std::string& label : labels)
    plan.arms.push_back(
        {.label = label, .arm = label, .module = "", .mechanism = "", .version = ""});
  return plan;
}

TEST(Conductor, GivesEveryArmOneSlotARoundInAnOrderThatChanges) {
  FakeMachine machine;
  Conductor conductor(machine.surroundings());
  conductor.conduct(plan_of({"base", "twin", "a", "b"}, 24), nullptr, TimePoint::max());
  std::set<std::string> orders;
  for (const Json& round : machine.records("round")) {
    std::vector<std::string> order = round.at("order");
    orders.insert(round.at("order").dump());
    std::sort(order.begin(), order.end());
    EXPECT_THAT(order, ElementsAre("a", "b", "base", "twin"));
  }
  EXPECT_EQ(machine.rounds(), 24u);
  EXPECT_GT(orders.size(), 8u);  // of 24 possible ones
}

TEST(Conductor, StartsNewProcessesEvery25Rounds) {
  FakeMachine machine;
  Conductor conductor(machine.surroundings());
  conductor.conduct(plan_of({"base", "a"}, 60), nullptr, TimePoint::max());
  EXPECT_EQ(machine.launches.size(), 2u * (1 + 3));  // calibration, then three blocks
}

TEST(Conductor, FindsTheRatioAndTheVerdict) {
  FakeMachine machine;
  machine.arms["a"].ns_an_event = 120;
  Conductor conductor(machine.surroundings());
  const ScenarioResult result =
      conductor.conduct(plan_of({"base", "twin", "a"}, 20), nullptr, TimePoint::max());
  const Row row = result.row(result.arms()[2]);
  EXPECT_NEAR(row.wall.value, 1.2, 1e-9);
  EXPECT_EQ(row.verdict, Comparison::kSlower);
  EXPECT_EQ(result.row(result.arms()[1]).verdict, Comparison::kSame);
  EXPECT_FALSE(result.invalid());
}

TEST(Conductor, ATwinThatDiffersMakesTheScenarioInvalid) {
  FakeMachine machine;
  machine.arms["twin"].ns_an_event = 110;
  Conductor conductor(machine.surroundings());
  EXPECT_TRUE(
      conductor.conduct(plan_of({"base", "twin"}, 20), nullptr, TimePoint::max()).invalid());
}

TEST(Conductor, AnArmThatDiesCostsOnlyItsOwnRow) {
  FakeMachine machine;
  machine.arms["bad"].dies_at_slot = 12;
  Conductor conductor(machine.surroundings());
  const ScenarioResult result =
      conductor.conduct(plan_of({"base", "twin", "bad", "good"}, 20), nullptr, TimePoint::max());
  EXPECT_EQ(result.arms()[2].lost, "was killed");
  EXPECT_FALSE(result.arms()[2].refused);
  EXPECT_FALSE(result.has_row(result.arms()[2]));
  EXPECT_EQ(result.arms()[3].wall.size(), 20u);
  EXPECT_EQ(result.row(result.arms()[3]).verdict, Comparison::kSame);
}

TEST(Conductor, ARefusalIsNotAFault) {
  FakeMachine machine;
  machine.arms["small"].refuses = "needs more descriptors";
  Conductor conductor(machine.surroundings());
  const ScenarioResult result =
      conductor.conduct(plan_of({"base", "small"}, 8), nullptr, TimePoint::max());
  EXPECT_TRUE(result.arms()[1].refused);
  EXPECT_EQ(result.rounds(), 8u);
}

TEST(Conductor, EndsAtOnceWhenTheBaselineIsLost) {
  FakeMachine machine;
  machine.arms["base"].refuses = "too big";
  Conductor conductor(machine.surroundings());
  const ScenarioResult result =
      conductor.conduct(plan_of({"base", "a"}, 8), nullptr, TimePoint::max());
  EXPECT_EQ(result.rounds(), 0u);
  EXPECT_THAT(result.ended(), HasSubstr("too big"));
}

TEST(Conductor, WhatIsResumedIsAsIfItHadNotBeenLeftOff) {
  const ScenarioPlan plan = plan_of({"base", "twin", "a"}, 40);
  FakeMachine whole;
  Conductor(whole.surroundings(7)).conduct(plan, nullptr, TimePoint::max());
  for (const std::size_t cut : {1u, 17u, 25u, 39u}) {
    FakeMachine machine;
    machine.interrupt_at_round = true;
    machine.interrupt_round = cut;
    Conductor(machine.surroundings(7)).conduct(plan, nullptr, TimePoint::max());
    ASSERT_EQ(machine.rounds(), cut);
    machine.interrupt_at_round = false;
    const std::vector<ScenarioResult> begun = read_results(machine.journal);
    Conductor(machine.surroundings(7)).conduct(plan, &begun.front(), TimePoint::max());
    EXPECT_EQ(machine.journal, whole.journal) << "left off after round " << cut;
  }
}

TEST(Conductor, StopsWhenTheTimeIsOver) {
  FakeMachine machine;
  Conductor conductor(machine.surroundings());
  const ScenarioResult result =
      conductor.conduct(plan_of({"base", "a"}, 1000), nullptr, TimePoint::min());
  EXPECT_EQ(result.rounds(), 1u);  // one there must be
  EXPECT_EQ(result.ended(), "time");
}

TEST(Conductor, LooksOnlyAt50And100AndSoOn) {
  FakeMachine machine;
  ScenarioPlan plan = plan_of({"base", "a"}, 1000);
  plan.effort.target = 0.01;  // met from the first round on, since these arms do not vary
  Conductor conductor(machine.surroundings());
  const ScenarioResult result = conductor.conduct(plan, nullptr, TimePoint::max());
  EXPECT_EQ(result.rounds(), 50u);
  EXPECT_EQ(result.ended(), "precision");
}

}  // namespace
}  // namespace loopmark::harness
