// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "harness/mutant_analysis.h"

namespace loopmark::harness {

/// A line a mutant: on which mechanisms it is caught, by how many cases, and by which: some of them, or all. The rows of a
/// mutant follow each other.
std::string mutant_table(const std::vector<const BackendInfo*>& rows, const MutantReport& report,
                         bool all_cases);

/// Each row as a cell of a conformance run on its mechanism, for JUnit: it passes when a case catches it and no promise
/// is broken. One of which no reactor can be made fails.
std::vector<CellResult> as_cells(const MutantReport& report,
                                 const std::vector<const BackendInfo*>& rows,
                                 const std::vector<CellResult>& results);

}  // namespace loopmark::harness
