// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "harness/bench_results.h"

namespace loopmark::harness {

/// How the percentiles of slots compare with the baseline's, round by round: a line for each arm and
/// what it takes the time of, its operations or a histogram that the workload names. Empty when no
/// slot holds enough of them.
std::string percentile_table(const ScenarioResult& result, bool markdown);

}  // namespace loopmark::harness
