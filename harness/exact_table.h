// SPDX-License-Identifier: MIT
//
// What an event takes beside time: counted exactly in a pass of its own, or added up over the rounds.
#pragma once

#include <string>

#include "harness/bench_results.h"
#include "harness/bench_table.h"

namespace loopmark::harness {

/// A line for each arm that has figures of this kind, under a head. Only the head when none has.
Cells exact_cells(const ScenarioResult& result);

/// What must be said of these lines: how many events were counted, what could not be, and what did
/// not repeat, with the reason. A line each.
std::string exact_notes(const ScenarioResult& result);

/// Whether counts differed that the workload does not leave to chance.
bool varies_without_reason(const ScenarioResult& result);

/// The same figures as columns of CSV: their names, and those of an arm, empty where it has none.
std::string exact_csv_head();
std::string exact_csv(const ArmResult& arm);

}  // namespace loopmark::harness
