// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "harness/bench_results.h"

namespace loopmark::harness {

/// What a run of bench came to.
struct BenchSummary {
  std::size_t scenarios = 0;                                 // that have at least one round
  std::size_t judged = 0;                                    // scenarios that get verdicts
  std::vector<std::pair<std::string, std::string>> invalid;  // of these, and why
  std::vector<std::string> too_short;                        // have too few rounds for a verdict
  std::size_t lost = 0;                                      // arms, to a fault

  /// More than one judged scenario in twenty came out invalid: nothing of the run is to be believed.
  bool is_invalid() const;
};

BenchSummary summarise(const std::vector<ScenarioResult>& results);

/// "INVALID: 1 of 34 scenarios with verdicts" and which; empty where none is.
std::string invalid_text(const BenchSummary& summary);

/// "TOO FEW ROUNDS for a verdict: 1 of 34 scenarios" and which; empty where none has.
std::string too_short_text(const BenchSummary& summary);

/// As it stands in run.json.
Json to_json(const BenchSummary& summary);

}  // namespace loopmark::harness
