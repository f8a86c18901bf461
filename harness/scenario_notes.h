// SPDX-License-Identifier: MIT
//
// What stands around the tables of the benchmarks, so that nobody takes them for more than they are.
#pragma once

#include <string>

#include "harness/bench_results.h"

namespace loopmark::harness {

/// Above all tables of a workload: what it asks, what is timed, what it does not show, and which
/// scenarios have verdicts.
std::string workload_heading(const ScenarioPlan& plan, bool markdown);

/// Above the table of a scenario with verdicts: its margin, the confidence of the intervals that verdicts
/// go by, and the slow-down that is planted.
std::string rules_text(const ScenarioResult& result);

/// Below it: what tells whether to believe it.
std::string footer(const ScenarioResult& result);

}  // namespace loopmark::harness
