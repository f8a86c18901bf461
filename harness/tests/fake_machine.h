// SPDX-License-Identifier: MIT
//
// A machine for the conductor whose arms do nothing, and take as long as a test says.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "harness/conductor.h"

namespace loopmark::harness {

/// An arm that does nothing and says how long it took.
struct FakeArm {
  double ns_an_event = 100;
  std::uint32_t ns_an_operation = 0;  // below 128, which a histogram keeps exactly; 0: it has none
  double operations_an_event = 0;     // 0: one in all
  double first_slots_ns = 0;          // of the first slots of a process, where it is not 0
  int first_slots = 7;
  std::size_t steady_from = SIZE_MAX;  // the round from which on they are as the others
  double late_ns = 0;                  // from round 90 on, where it is not 0
  std::size_t dies_at_slot = 0;        // counted over all its processes; 0: never
  std::string refuses = {};
  bool is_wrong = false;  // and found out when it is calibrated
  double pace = 0;        // that it finds if it is given none; 0: it goes by none
};

class FakeMachine {
 public:
  std::map<std::string, FakeArm> arms;  // by label
  std::vector<Json> journal;
  std::vector<std::string> launches;  // labels
  std::vector<double> paces;          // that they were given
  std::vector<std::string> slots;     // labels, without calibration
  std::set<std::string> warm_ups;     // of the slots that are measured
  double ns_a_planted_step = 0;       // in an event; 1 where nothing else is done
  double share_of_processor = 1;      // of the time that an event takes without planted work
  bool interrupt_at_round = false;
  std::size_t interrupt_round = 0;

  Conductor::Surroundings surroundings(std::uint64_t seed = 1) {
    return {.launch =
                [this](const ScenarioPlan& plan, const ArmPlan& arm, const std::vector<int>&) {
                  launches.push_back(arm.label);
                  paces.push_back(plan.pace);
                  return std::make_unique<Process>(*this, arm);
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
    Process(FakeMachine& machine, const ArmPlan& arm)
        : machine_(machine), label_(arm.label), steps_(static_cast<double>(arm.planted_steps)) {}

    Json ask(const std::string& command) override {
      FakeArm& arm = machine_.arms[label_];
      if (command == "prepare" && !arm.refuses.empty()) throw ArmLost(arm.refuses, true);
      if (command == "prepare" && arm.pace > 0) return {{"evidence", "fake"}, {"pace", arm.pace}};
      if (command == "prepare") return {{"evidence", "fake"}};
      if (command == "verify" && arm.is_wrong) throw ArmLost("lost events", false);
      if (command == "verify") return {{"verified", true}};
      if (command.starts_with("plant")) return {{"events", 1e6}, {"wall_ns", 1e6}, {"cpu_ns", 1e6}};
      if (!machine_.records("scenario").empty()) machine_.slots.push_back(label_);
      const std::string warm_up = command.substr(command.rfind(' ') + 1);
      if (!machine_.records("scenario").empty() && warm_up != "0")
        machine_.warm_ups.insert(warm_up);
      if (arm.dies_at_slot > 0 && --arm.dies_at_slot == 0) throw ArmLost("was killed", false);
      const double events = std::stod(command.substr(command.find(' ')));
      double ns = arm.ns_an_event + steps_ * machine_.ns_a_planted_step;
      if (arm.first_slots_ns > 0 && slots_++ < arm.first_slots &&
          machine_.rounds() < arm.steady_from)
        ns = arm.first_slots_ns;
      if (arm.late_ns > 0 && machine_.rounds() >= 90) ns = arm.late_ns;
      Json slot{{"events", events},
                {"wall_ns", events * ns},
                {"cpu_ns", events * (ns - (1 - machine_.share_of_processor) * arm.ns_an_event)},
                {"involuntary_switches", 0}};
      if (const std::uint32_t each = arm.ns_an_operation;
          each > 0 && command.starts_with("sample")) {
        const auto count = std::max<std::uint64_t>(
            1, static_cast<std::uint64_t>(events * arm.operations_an_event));
        slot["latency"] = {{"buckets", {{each, count}}}, {"least", each}, {"most", each}};
      }
      return slot;
    }

   private:
    FakeMachine& machine_;
    std::string label_;
    double steps_;
    int slots_ = 0;
  };
};

inline ScenarioPlan plan_of(const std::vector<std::string>& labels, std::size_t rounds) {
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

}  // namespace loopmark::harness
