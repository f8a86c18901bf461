// SPDX-License-Identifier: MIT
//
// What an event takes beside time: counted exactly in a pass of its own, or added up over the rounds.
#pragma once

#include <string>
#include <vector>

#include "harness/bench_results.h"

namespace loopmark::harness {

/// A line for each arm that has such figures, and below what must be said of them: how many events
/// were counted, what could not be counted and why, and what did not repeat, with the reason: that
/// stands in the table as a range. Empty when no arm has any.
std::string exact_table(const ScenarioResult& result, bool markdown);

/// System calls and allocations at the points of curves, of one workload; empty when there are none.
std::string exact_curves(const std::vector<const ScenarioResult*>& points, bool markdown);

/// The same figures as columns of CSV: their names, and those of an arm, empty where it has none; of a
/// range, its upper end.
std::string exact_csv_head();
std::string exact_csv(const ArmResult& arm);

}  // namespace loopmark::harness
