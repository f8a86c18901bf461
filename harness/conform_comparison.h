// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

#include "harness/cell.h"

namespace loopmark::harness {

enum class CellChange {
  kNewlyFailing,     // failed, crashed, hung, or flaky; and did not before
  kNoLongerPassing,  // passed, and is now not supported, unavailable, or a declared deviation
  kNewlyPassing,
  kOtherwise,  // another change, such as from a failure to a crash
  kAppeared,   // only the run after has a result
  kGone,       // only the run before has one
};

/// Its word in files: "newly_failing".
std::string_view word(CellChange change);

/// Whether --fail-on regression is about it: newly failing, or no longer passing.
bool is_regression(CellChange change);

/// A cell whose verdict is not the same in two runs of conform. Verdict::kNotRun stands for no
/// result.
struct CellComparison {
  CellChange change;
  Verdict before;
  Verdict after;
  CellResult cell;  // as it is after, else as it was before
};

/// All of them, in order of `after`, then those that are gone. Both are tables of stored runs.
std::vector<CellComparison> compare_cells(const std::vector<CellResult>& before,
                                          const std::vector<CellResult>& after);

}  // namespace loopmark::harness
