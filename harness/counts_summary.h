// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "harness/bench_results.h"

namespace loopmark::harness {

/// Whether what was counted repeats: a count is that of one counter on one arm.
struct CountsSummary {
  std::size_t counts = 0;
  std::size_t explained = 0;            // that vary, and the workload says why
  std::size_t unexplained = 0;          // that vary though the workload leaves nothing to chance
  std::vector<std::string> where = {};  // the scenarios with these
};

CountsSummary summary_of_counts(const std::vector<ScenarioResult>& results);

/// One sentence.
std::string to_text(const CountsSummary& summary);

}  // namespace loopmark::harness
