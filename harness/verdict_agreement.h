// SPDX-License-Identifier: MIT
//
// Whether two runs say the same of each arm: what someone who reads only one of them goes by.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "harness/bench_results.h"

namespace loopmark::harness {

/// What two runs say of one arm against the baseline, each by itself.
struct VerdictPair {
  std::string scenario;
  std::string arm;
  Comparison before;
  Comparison after;
  bool disputed_before = false;  // by the other clock
  bool disputed_after = false;

  bool is_same() const { return before == after && disputed_before == disputed_after; }
  /// Faster in one and slower in the other: one of them has misled its reader.
  bool is_opposite() const { return before != after && is_decided(before) && is_decided(after); }
};

/// All arms that are judged in both runs: not baselines, twins and planted arms, nor points of curves, nor
/// scenarios that one of the runs calls invalid, or in which they compare different quantities. In the order of `before`.
std::vector<VerdictPair> verdicts_of_both(const std::vector<ScenarioResult>& before,
                                          const std::vector<ScenarioResult>& after);

/// How many of `pairs` are the same and how many opposite, and a line for each of these.
std::string agreement_text(const std::vector<VerdictPair>& pairs);

}  // namespace loopmark::harness
