// SPDX-License-Identifier: MIT
//
// Slots with histograms in them, as workers would have told them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "harness/bench_results.h"
#include "harness/tests/synthetic_results.h"

namespace loopmark::harness {

/// `count` durations of `usual` ns, but for the last twentieth of `high`, which only the 99th
/// percentile sees. Both are kept exactly below 128, else to within 0.4 %.
inline Histogram durations(std::size_t count, std::uint64_t usual, std::uint64_t high) {
  Histogram histogram;
  for (std::size_t i = 0; i < count; ++i) histogram.record(i < count - count / 20 ? usual : high);
  return histogram;
}

/// What arms did in one round, by their labels: the histogram of that name in each slot, or of its
/// operations where the name is empty.
struct SyntheticRound {
  std::vector<std::pair<std::string, Histogram>> arms;  // the first is the baseline
  Json values = Json::object();                         // of each slot
};

inline ScenarioResult result_of_rounds(ScenarioPlan plan, const std::string& histogram,
                                       const std::vector<SyntheticRound>& rounds) {
  plan.unit = "event";
  plan.effort = {8, rounds.size(), rounds.size(), 0.01, 0.01, 0, plan.effort.launch_rounds};
  std::vector<ArmResult> begun(rounds.front().arms.size());
  for (std::size_t i = 0; i < begun.size(); ++i)
    begun[i].plan.label = begun[i].plan.arm = rounds.front().arms[i].first;
  ScenarioResult result(scenario_record(plan, begun));
  for (std::size_t number = 0; number < rounds.size(); ++number) {
    Json slots = Json::object();
    Json latencies = Json::object();
    for (const auto& [label, times] : rounds[number].arms) {
      slots[label] = {{"events", 1000}, {"wall_ns", 1000}, {"cpu_ns", 1000}};
      slots[label]["values"] = rounds[number].values;
      if (histogram.empty()) {
        if (plan.samples_in(number)) latencies[label] = stored(times);
      } else {
        slots[label]["histograms"][histogram] = stored(times);
      }
    }
    result.add(round_record(plan.id(), number, Json::array(), slots, latencies));
  }
  return result;
}

}  // namespace loopmark::harness
