// SPDX-License-Identifier: MIT
//
// What an event takes beside time: counted exactly in a pass of its own, or added up over the rounds.
#pragma once

#include <string>

#include "harness/bench_results.h"

namespace loopmark::harness {

/// A line for each arm that has such figures, and below what must be said of them: how many events
/// were counted, what could not be counted, and what did not repeat, with the reason. Empty when no
/// arm has any.
std::string exact_table(const ScenarioResult& result, bool markdown);

/// Whether counts differed though the workload leaves nothing to chance.
bool varies_without_reason(const ScenarioResult& result);

/// The same figures as columns of CSV: their names, and those of an arm, empty where it has none.
std::string exact_csv_head();
std::string exact_csv(const ArmResult& arm);

}  // namespace loopmark::harness
