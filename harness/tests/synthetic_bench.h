// SPDX-License-Identifier: MIT
//
// Benchmarks that were never run: what the rounds of arms with known ratios would have stored.
#pragma once

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "harness/bench_results.h"
#include "harness/journal.h"
#include "harness/run_folder.h"

namespace loopmark::harness {

struct SyntheticArm {
  std::string label;
  double ratio = 1;  // to the baseline, in the median round
  std::string mechanism = "none";
  std::string lost = {};
  bool refused = false;
  double cpu_ratio = ratio;
  Json exact = {};  // what was counted; null: nothing
  std::string version = "1";
};

struct SyntheticScenario {
  std::vector<SyntheticArm> arms;  // the first is the baseline
  std::size_t rounds = 200;
  double spread = 0.02;  // ratios' logarithms lie evenly within so much of the median, either side
  double launch_spread = 0;  // and so much more from launch to launch
  double baseline_ns = 1000;
  bool judged = true;
  std::string parameters = "size=1";
  std::string unit = "event";
  Quantity quantity = Quantity::kTimePerEvent;
  std::string operation = {};
};

/// `count` numbers between -1 and 1, evenly, in an order that is another for each seed.
inline std::vector<double> offsets(std::size_t count, unsigned seed) {
  std::vector<double> all(count);
  for (std::size_t i = 0; i < count; ++i)
    all[i] = count < 2 ? 0 : 2 * static_cast<double>(i) / static_cast<double>(count - 1) - 1;
  std::shuffle(all.begin(), all.end(), std::mt19937(seed));
  return all;
}

/// What the ratios of an arm are multiplied by, round by round.
inline std::vector<double> noise_of(const SyntheticScenario& scenario, unsigned seed) {
  const std::vector<double> rounds = offsets(scenario.rounds, seed);
  const std::vector<double> launches =
      offsets(1 + scenario.rounds / Effort{}.launch_rounds, seed + 1000);
  std::vector<double> noise(scenario.rounds);
  for (std::size_t i = 0; i < noise.size(); ++i) {
    noise[i] = std::exp(scenario.spread * rounds[i] +
                        scenario.launch_spread * launches[i / Effort{}.launch_rounds]);
  }
  return noise;
}

inline std::vector<Json> records_of(const SyntheticScenario& scenario) {
  ScenarioPlan plan;
  plan.workload = "fake";
  plan.parameters = scenario.parameters;
  plan.unit = scenario.unit;
  plan.judged = scenario.judged;
  plan.quantity = scenario.quantity;
  plan.operation = scenario.operation;
  plan.effort = {50, scenario.rounds, scenario.rounds, 0.01, 0.01};
  std::vector<ArmResult> arms;
  for (const SyntheticArm& arm : scenario.arms) {
    ArmResult& result = arms.emplace_back();
    result.plan = {arm.label, arm.label, "", arm.mechanism, arm.version};
    result.evidence = "none";
    result.events = 100;
  }
  std::vector<Json> records{scenario_record(plan, arms)};
  for (const SyntheticArm& arm : scenario.arms) {
    if (!arm.lost.empty())
      records.push_back(lost_record(plan.id(), arm.label, arm.lost, arm.refused));
  }
  std::vector<std::vector<double>> noises(arms.size(), std::vector<double>(scenario.rounds, 1));
  for (std::size_t i = 1; i < arms.size(); ++i)
    noises[i] = noise_of(scenario, static_cast<unsigned>(i));
  for (std::size_t round = 0; round < scenario.rounds; ++round) {
    Json slots = Json::object();
    for (std::size_t i = 0; i < scenario.arms.size(); ++i) {
      const SyntheticArm& arm = scenario.arms[i];
      if (!arm.lost.empty()) continue;
      const double noise = noises[i][round];
      const double baseline = 100 * scenario.baseline_ns;
      slots[arm.label] = {{"events", 100},
                          {"wall_ns", baseline * (i == 0 ? 1 : arm.ratio) * noise},
                          {"cpu_ns", baseline * (i == 0 ? 1 : arm.cpu_ratio) * noise},
                          {"involuntary_switches", 0}};
    }
    records.push_back(round_record(plan.id(), round, Json::array(), slots, Json::object()));
  }
  for (const SyntheticArm& arm : scenario.arms) {
    if (!arm.exact.is_null())
      records.push_back({{"record", "exact"},
                         {"scenario", plan.id()},
                         {"arm", arm.label},
                         {"counts", arm.exact}});
  }
  records.push_back(end_record(plan.id(), "rounds"));
  return records;
}

inline std::vector<ScenarioResult> results_of(const SyntheticScenario& scenario) {
  return read_results(records_of(scenario));
}

/// Stores it as a complete run of bench, in a folder of the folder for runs, and returns that.
inline RunFolder store(const SyntheticScenario& scenario) {
  const std::vector<Json> records = records_of(scenario);
  RunFolder folder = RunFolder::create({}, "bench");
  folder.write_part("bench", {{"complete", true},
                              {"started", "2026-11-22T10-20-07Z"},
                              {"arguments", {"loopmark", "bench"}},
                              {"backends", Json::array()},
                              {"plan", {records.front()}}});
  Journal journal(folder / kRoundsFile, kRoundsSchema);
  for (const Json& record : records) journal.append(record);
  return folder;
}

}  // namespace loopmark::harness
