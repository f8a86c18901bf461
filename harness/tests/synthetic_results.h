// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>

#include "harness/bench_results.h"

namespace loopmark::harness {

/// A result in which every round took each arm exactly so many nanoseconds an event. The first arm is
/// the baseline; an arm's mechanism is what follows the last '/' of its name.
inline ScenarioResult synthetic_result(const std::string& workload, const std::string& parameters,
                                       const std::vector<std::pair<std::string, double>>& arms,
                                       std::size_t rounds = 20) {
  ScenarioPlan plan;
  plan.workload = workload;
  plan.parameters = parameters;
  plan.unit = "event";
  plan.effort = {8, rounds, rounds, 0.01, 0.01};
  std::vector<ArmResult> begun;
  for (const auto& [label, _] : arms) {
    ArmResult& arm = begun.emplace_back();
    arm.plan.label = arm.plan.arm = label;
    arm.plan.mechanism = label.substr(label.find_last_of('/') + 1);
  }
  ScenarioResult result(scenario_record(plan, begun));
  for (std::size_t round = 0; round < rounds; ++round) {
    Json slots = Json::object();
    for (const auto& [label, ns] : arms) {
      slots[label] = {{"events", 1000}, {"wall_ns", ns * 1000}, {"cpu_ns", ns * 1000}};
    }
    result.add(round_record(plan.id(), round, Json::array(), slots, Json::object()));
  }
  return result;
}

}  // namespace loopmark::harness
