// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/fault_sweep.h"

namespace loopmark::harness {

using FaultCounts = std::map<FaultOutcome, std::size_t>;

/// How often each outcome came, by `key` of a result, such as its backend.
std::map<std::string, FaultCounts> count_by(const std::vector<FaultResult>& results,
                                            std::string (*key)(const FaultResult&));

/// Outcomes by backend and by call.
std::string fault_tables(const std::vector<FaultResult>& results);

/// One that is bad, in a few lines: what was observed, and how to do it again.
std::string describe(const FaultResult& result);

/// As cells of a conformance run, for JUnit: one for each case that was swept. Bad outcomes that are not judged deviate.
std::vector<CellResult> as_cells(const std::vector<FaultResult>& results);

}  // namespace loopmark::harness
