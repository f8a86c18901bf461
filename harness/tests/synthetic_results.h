// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>

#include "harness/bench_results.h"
#include "harness/origin.h"

namespace loopmark::harness {

inline const Origin kOrigin{"2 x the machine", "loopmark bench"};

/// A result in which every round took each arm exactly so many nanoseconds an event. The first arm is
/// the baseline; an arm's mechanism is what follows the last '/' of its name, and its evidence is empty
/// unless it is given.
inline ScenarioResult synthetic_result(const std::string& workload, const std::string& parameters,
                                       const std::vector<std::pair<std::string, double>>& arms,
                                       std::size_t rounds = 20,
                                       const std::map<std::string, std::string>& evidence = {},
                                       bool judged = true) {
  ScenarioPlan plan;
  plan.judged = judged;
  plan.workload = workload;
  plan.parameters = parameters;
  plan.unit = "event";
  plan.effort = {8, rounds, rounds, 0.01, 0.01};
  std::vector<ArmResult> begun;
  for (const auto& [label, _] : arms) {
    ArmResult& arm = begun.emplace_back();
    arm.plan.label = arm.plan.arm = label;
    arm.plan.mechanism = label.substr(label.find_last_of('/') + 1);
    if (evidence.contains(label)) arm.evidence = evidence.at(label);
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

/// Adds what was counted of an arm, an event.
inline void count(ScenarioResult& result, const std::string& arm, const Json& counts) {
  result.add(exact_record(result.plan().id(), arm, counts));
}

inline Json stored(const Histogram& histogram) {
  return {
      {"least", histogram.least()}, {"most", histogram.most()}, {"buckets", histogram.buckets()}};
}

/// `count` durations from `least` ns on, each longer than the one before by as much.
inline Histogram durations(std::uint64_t least, std::uint64_t count) {
  Histogram histogram;
  for (std::uint64_t i = 1; i <= count; ++i) histogram.record(least * i);
  return histogram;
}

/// A slot of one event with the figures and histograms that a workload names.
inline Json slot_with(const Json& values, const std::map<std::string, Histogram>& histograms = {}) {
  Json slot{{"events", 1}, {"wall_ns", 1}, {"cpu_ns", 1}, {"values", values}};
  for (const auto& [name, each] : histograms) slot["histograms"][name] = stored(each);
  return slot;
}

/// Adds a round, with a slot of each arm that is not lost, and the latencies of some.
inline void add_round(ScenarioResult& result, const std::map<std::string, Json>& slots,
                      const std::map<std::string, Histogram>& latencies = {}) {
  Json stored_latencies = Json::object();
  for (const auto& [arm, each] : latencies) stored_latencies[arm] = stored(each);
  result.add(round_record(result.plan().id(), result.rounds(), Json::array(), Json(slots),
                          stored_latencies));
}

}  // namespace loopmark::harness
