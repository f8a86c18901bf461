// SPDX-License-Identifier: MIT
#include "harness/conductor.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <numeric>
#include <set>
#include <stdexcept>

#include "harness/tests/fake_machine.h"

namespace loopmark::harness {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

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

/// In which rounds the operations of an arm are timed, when an event of 25 us, of which a slot holds
/// 100, has so many.
std::vector<std::size_t> rounds_with_operations(double an_event, std::size_t least_rounds = 80) {
  const FakeArm arm{.ns_an_event = 25'000, .ns_an_operation = 100, .operations_an_event = an_event};
  FakeMachine machine;
  machine.arms = {{"base", arm}, {"a", arm}};
  ScenarioPlan plan = plan_of({"base", "a"}, 100);
  plan.operation = "request";
  plan.effort.least_rounds = least_rounds;
  plan.effort.launch_rounds = 10;
  Conductor(machine.surroundings()).conduct(plan, nullptr, TimePoint::max());
  std::vector<std::size_t> found;
  std::size_t fewest = SIZE_MAX;
  for (const Json& round : machine.records("round")) {
    const Json& latencies = round.at("latencies");
    if (latencies.empty()) continue;
    found.push_back(round.at("round"));
    fewest = std::min(fewest, latencies.at("a").at("buckets").at(0).at(1).get<std::size_t>());
  }
  EXPECT_TRUE(found.size() == machine.rounds() || fewest >= 100) << "for a 99th percentile";
  return found;
}

TEST(Conductor, TimesOperationsInLongerSlotsAndSeldomerWhereThereAreFew) {
  const auto once_in = [](std::size_t every) {  // not in the first rounds of a launch
    std::vector<std::size_t> rounds;
    for (std::size_t round = every / 2; round < 100; round += every) rounds.push_back(round);
    return rounds;
  };
  EXPECT_EQ(rounds_with_operations(3), once_in(1));
  EXPECT_EQ(rounds_with_operations(1.5), once_in(2));
  EXPECT_EQ(rounds_with_operations(0.6), once_in(5));
  EXPECT_EQ(rounds_with_operations(0.3), once_in(10));
  EXPECT_EQ(rounds_with_operations(0.2), once_in(1)) << "no slot has enough: launches may";
  EXPECT_EQ(rounds_with_operations(0.3, 79), once_in(1)) << "there would be no interval";
}

TEST(Conductor, ArmsOfComparableCostDoTheSameNumberOfEvents) {
  FakeMachine machine;
  machine.arms = {{"base", {.ns_an_event = 1000}},
                  {"slower", {.ns_an_event = 2000}},
                  {"slow", {.ns_an_event = 10'000}},
                  {"poll", {.ns_an_event = 50'000}},
                  {"select", {.ns_an_event = 100'000}},
                  {"refused", {.refuses = "it cannot"}},
                  {"wrong", {.ns_an_event = 600, .is_wrong = true}}};
  Conductor conductor(machine.surroundings());
  const ScenarioResult result = conductor.conduct(
      plan_of({"base", "slow", "select", "refused", "slower", "poll", "wrong"}, 8), nullptr,
      TimePoint::max());
  std::vector<std::uint64_t> events;
  for (const ArmResult& arm : result.arms()) events.push_back(arm.events);
  // Slots are filled by 2500, 250, 25, -, 1250 and 50; by 4167 of those of which some were lost.
  EXPECT_THAT(events, ElementsAre(791, 791, 35, 0, 791, 35, 0));
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
  EXPECT_NEAR(row.compared.value, 1.2, 1e-9);
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

TEST(Conductor, ASlowDownThatIsNotFoundMakesTheScenarioInvalid) {
  for (const double ns : {100.0, 104.0}) {
    FakeMachine machine;
    machine.arms["planted"].ns_an_event = ns;
    ScenarioPlan plan = plan_of({"base", "planted"}, 20);
    plan.arms[1].planted = 0.05;
    const ScenarioResult result =
        Conductor(machine.surroundings()).conduct(plan, nullptr, TimePoint::max());
    EXPECT_EQ(result.why_invalid(),
              ns == 100.0 ? "a slow-down of 5 % that was planted was not found" : "");
  }
}

TEST(Conductor, PlantsWorkForTheFractionOfAnEventThatWasAskedFor) {
  FakeMachine machine;  // an event takes 100 ns, a step by itself 1 ns
  machine.ns_a_planted_step = 0.5;
  ScenarioPlan plan = plan_of({"base", "planted"}, 8);
  plan.arms[1].planted = 0.05;
  const ScenarioResult result =
      Conductor(machine.surroundings()).conduct(plan, nullptr, TimePoint::max());
  EXPECT_EQ(result.arms()[1].plan.planted_steps, 10u);
}

TEST(Conductor, PlantsWorkForTheFractionOfTheWallClockWhereTwoThreadsTakeTurns) {
  for (const std::size_t threads : {1U, 2U}) {
    FakeMachine machine;  // an event takes 100 ns, 40 of which the processor works; a step 1 ns
    machine.ns_a_planted_step = 1;
    machine.share_of_processor = 0.4;
    ScenarioPlan plan = plan_of({"base", "planted"}, 8);
    plan.threads = threads;
    plan.arms[1].planted = 0.1;
    const ScenarioResult result =
        Conductor(machine.surroundings()).conduct(plan, nullptr, TimePoint::max());
    EXPECT_EQ(result.arms()[1].plan.planted_steps, threads == 1 ? 4u : 10u);
  }
}

TEST(Conductor, PlantsWorkForTheFractionOfAnOperationWhereThatIsCompared) {
  FakeMachine
      machine;  // an event takes 100 ns, most of it waiting; the operation in it 40 ns, a step 1 ns
  machine.arms["base"].ns_an_operation = machine.arms["planted"].ns_an_operation = 40;
  ScenarioPlan plan = plan_of({"base", "planted"}, 8);
  plan.quantity = Quantity::kOperation;
  plan.operation = "lateness";
  plan.arms[1].planted = 0.25;
  const ScenarioResult result =
      Conductor(machine.surroundings()).conduct(plan, nullptr, TimePoint::max());
  EXPECT_EQ(result.arms()[1].plan.planted_steps, 10u);
}

TEST(Conductor, ASecondTryIsMeasuredInAnotherOrderAndReplacesTheFirst) {
  FakeMachine machine;
  ScenarioPlan plan = plan_of({"base", "twin", "a"}, 20);
  Conductor conductor(machine.surroundings());
  conductor.conduct(plan, nullptr, TimePoint::max());
  plan.attempt = 2;
  machine.arms["a"].ns_an_event = 120;
  conductor.conduct(plan, nullptr, TimePoint::max());
  const std::vector<ScenarioResult> results = read_results(machine.journal);
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].rounds(), 20u);
  EXPECT_NEAR(results[0].row(results[0].arms()[2]).compared.value, 1.2, 1e-9);
  std::vector<std::string> orders;
  for (const Json& round : machine.records("round")) orders.push_back(round.at("order").dump());
  ASSERT_EQ(orders.size(), 40u);
  EXPECT_FALSE(std::equal(orders.begin(), orders.begin() + 20, orders.begin() + 20));
}

TEST(Conductor, ASecondTryOfFewRoundsDoesNotMakeTheScenarioValid) {
  FakeMachine machine;
  ScenarioPlan plan = plan_of({"base", "twin"}, 20);
  plan.effort.least_rounds = 21;
  Conductor conductor(machine.surroundings());
  EXPECT_EQ(conductor.conduct(plan, nullptr, TimePoint::max()).why_invalid(), "");
  plan.attempt = 2;
  EXPECT_EQ(conductor.conduct(plan, nullptr, TimePoint::max()).why_invalid(),
            "it was so before, and has too few rounds since");
}

TEST(Conductor, AnArmThatTakesLongerAfterALaunchGetsMoreWarmUp) {
  FakeMachine machine;
  machine.arms["a"].first_slots_ns = 150;
  machine.arms["a"].steady_from = 100;
  const ScenarioResult result =
      Conductor(machine.surroundings())
          .conduct(plan_of({"base", "a"}, 400), nullptr, TimePoint::max());
  EXPECT_EQ(result.warm_up_doublings(), 2);  // after 50 and 100 rounds
  EXPECT_EQ(result.unsteady(), "");          // since then
  EXPECT_EQ(result.row(result.arms()[1]).doubt(), "");
  EXPECT_THAT(machine.warm_ups, testing::IsSupersetOf({"300", "600", "1200"}));
}

TEST(Conductor, AnArmThatTakesLongerWhateverTheWarmUpHasNoSteadyState) {
  FakeMachine machine;
  machine.arms["a"].first_slots_ns = 150;
  const ScenarioResult result =
      Conductor(machine.surroundings())
          .conduct(plan_of({"base", "a", "b"}, 400), nullptr, TimePoint::max());
  EXPECT_EQ(machine.records("warm-up").size(), 3u);
  EXPECT_EQ(result.row(result.arms()[1]).doubt(), "no steady state");
  EXPECT_EQ(result.row(result.arms()[2]).doubt(), "");
}

/// Of short launches, in the first slots of which "a" takes longer.
ScenarioPlan plan_of_short_launches(FakeMachine& machine, std::size_t rounds) {
  machine.arms["a"].first_slots_ns = 150;
  machine.arms["a"].first_slots = 4;
  ScenarioPlan plan = plan_of({"base", "a", "b"}, rounds);
  plan.effort.launch_rounds = 5;
  return plan;
}

TEST(Conductor, ShortLaunchesHaveASteadyStateToo) {
  FakeMachine machine;
  const ScenarioPlan plan = plan_of_short_launches(machine, 100);
  const ScenarioResult result =
      Conductor(machine.surroundings()).conduct(plan, nullptr, TimePoint::max());
  EXPECT_EQ(result.unsteady(), "a");
}

TEST(Conductor, AVerdictGetsItsLeastRoundsWhateverTheyTake) {
  for (const bool judged : {true, false}) {
    FakeMachine machine;
    ScenarioPlan plan = plan_of({"base", "a"}, 20);
    plan.judged = judged;
    plan.effort.most_seconds = 1e-9;
    const auto conduct = [&](TimePoint deadline) {
      return Conductor(machine.surroundings()).conduct(plan, nullptr, deadline);
    };
    EXPECT_EQ(conduct(TimePoint::max()).rounds(), judged ? plan.effort.least_rounds : 1);
    EXPECT_EQ(conduct(TimePoint::max()).ended(), "time");
    EXPECT_EQ(conduct(TimePoint::min()).rounds(), 1u) << "the time of the whole run is over";
  }
}

TEST(Conductor, WhereNoRoundsFollowALongerWarmUpTheLastOnesTell) {
  FakeMachine machine;
  ScenarioPlan plan = plan_of_short_launches(machine, 400);
  plan.effort.target = 1;  // met at the first look, at which the warm-up is doubled
  const ScenarioResult result =
      Conductor(machine.surroundings()).conduct(plan, nullptr, TimePoint::max());
  EXPECT_EQ(result.ended(), "precision");
  EXPECT_EQ(result.rounds(), 50u);
  EXPECT_EQ(machine.records("warm-up").size(), 1u);
  EXPECT_EQ(result.unsteady(), "a");
}

TEST(Conductor, SlotsOfAFixedSizeHaveNoWarmUpToDouble) {
  FakeMachine machine;
  machine.arms["a"].first_slots_ns = 150;
  ScenarioPlan plan = plan_of({"base", "a"}, 100);
  plan.slot_events = 1000;
  const ScenarioResult result =
      Conductor(machine.surroundings()).conduct(plan, nullptr, TimePoint::max());
  EXPECT_TRUE(machine.records("warm-up").empty());
  EXPECT_TRUE(machine.warm_ups.empty());
  EXPECT_EQ(result.row(result.arms()[1]).doubt(), "no steady state");
}

TEST(Conductor, AStruckArmIsMeasuredAndNotShown) {
  FakeMachine machine;
  ScenarioPlan plan = plan_of({"base", "a"}, 20);
  plan.arms[1].struck = "FD-READ-01: fail";
  const ScenarioResult result =
      Conductor(machine.surroundings()).conduct(plan, nullptr, TimePoint::max());
  EXPECT_EQ(result.arms()[1].compared.size(), 20u);
  EXPECT_FALSE(result.has_row(result.arms()[1]));
}

TEST(Conductor, AVerdictNeedsBothHalvesOfTheRounds) {
  FakeMachine machine;
  machine.arms["a"].late_ns = 130;  // the same in the first half, slower in the second
  machine.arms["a"].ns_an_event = 99.9;
  const ScenarioResult result =
      Conductor(machine.surroundings())
          .conduct(plan_of({"base", "a"}, 200), nullptr, TimePoint::max());
  EXPECT_EQ(result.row(result.arms()[1]).verdict, Comparison::kUndecided);
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
  EXPECT_EQ(result.arms()[3].compared.size(), 20u);
  EXPECT_EQ(result.row(result.arms()[3]).verdict, Comparison::kSame);
}

TEST(Conductor, AControlThatIsLostMakesTheScenarioInvalid) {
  for (const char* const control : {kTwin, kPlanted}) {
    FakeMachine machine;
    machine.arms[control].dies_at_slot = 12;
    const ScenarioResult result =
        Conductor(machine.surroundings())
            .conduct(plan_of({"base", control, "a"}, 20), nullptr, TimePoint::max());
    EXPECT_EQ(result.why_invalid(),
              "its control, the " + std::string(control) + " arm, was lost: was killed");
  }
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

TEST(Conductor, AllArmsAndAllLaterLaunchesGoByThePaceThatTheBaselineFound) {
  const ScenarioPlan plan = plan_of({"base", "twin", "a"}, 60);
  FakeMachine machine;
  for (const auto& [label, pace] : {std::pair{"base", 1000.1}, {"twin", 2300.0}, {"a", 440.0}})
    machine.arms[label].pace = pace;
  machine.interrupt_at_round = true;
  machine.interrupt_round = 30;
  Conductor(machine.surroundings()).conduct(plan, nullptr, TimePoint::max());
  EXPECT_EQ(machine.records("scenario").front().at("pace"), 1000.1);

  machine.interrupt_at_round = false;
  machine.arms["base"].pace = 555;  // now it would find another
  const std::vector<ScenarioResult> begun = read_results(machine.journal);
  Conductor(machine.surroundings()).conduct(plan, &begun.front(), TimePoint::max());
  ASSERT_EQ(machine.rounds(), 60u);
  ASSERT_EQ(machine.paces.size(), 3u * (1 + 2 + 2));  // calibration, and the blocks of both
  std::vector<double> expected(machine.paces.size(), 1000.1);
  expected.front() = 0;  // the one who finds it
  EXPECT_EQ(machine.paces, expected);
}

TEST(Conductor, GoesOnWithARunFromBeforeThereWasAPace) {
  FakeMachine machine;
  machine.interrupt_at_round = true;
  machine.interrupt_round = 10;
  const ScenarioPlan plan = plan_of({"base", "a"}, 20);
  Conductor(machine.surroundings()).conduct(plan, nullptr, TimePoint::max());
  machine.journal.front().erase("pace");
  machine.interrupt_at_round = false;
  const std::vector<ScenarioResult> begun = read_results(machine.journal);
  EXPECT_EQ(begun.front().plan().pace, 0);
  Conductor(machine.surroundings()).conduct(plan, &begun.front(), TimePoint::max());
  EXPECT_EQ(machine.rounds(), 20u);
}

TEST(Conductor, StopsWhenTheTimeIsOver) {
  FakeMachine machine;
  Conductor conductor(machine.surroundings());
  const ScenarioResult result =
      conductor.conduct(plan_of({"base", "a"}, 1000), nullptr, TimePoint::min());
  EXPECT_EQ(result.rounds(), 1u);  // one there must be
  EXPECT_EQ(result.ended(), "time");
}

TEST(Conductor, AScenarioHasAnEndOfItsOwnInTimeToo) {
  FakeMachine machine;
  Conductor conductor(machine.surroundings());
  ScenarioPlan plan = plan_of({"base", "twin"}, 1000000);
  plan.effort.most_seconds = 1e-6;
  EXPECT_EQ(conductor.conduct(plan, nullptr, TimePoint::max()).ended(), "time");
  EXPECT_LT(machine.rounds(), 1000u);
}

TEST(Conductor, StoresNoRoundThatCannotBeRead) {
  FakeMachine machine;
  machine.arms["a"].ns_an_event = -1;
  Conductor conductor(machine.surroundings());
  EXPECT_THROW(conductor.conduct(plan_of({"base", "a"}, 8), nullptr, TimePoint::max()),
               std::invalid_argument);
  EXPECT_EQ(machine.rounds(), 0u);
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
