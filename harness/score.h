// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/cell.h"

namespace loopmark::harness {

/// How many cells came to which verdict.
using VerdictCounts = std::map<Verdict, std::size_t>;
VerdictCounts count(const std::vector<CellResult>& cells);

/// What a set of cells is worth. Applicable is what was run, offered and not a declared deviation
/// from a SHOULD; a declared deviation from a MUST is applicable, and not passed.
struct Score {
  std::size_t passed = 0;
  std::size_t applicable = 0;
  std::size_t total = 0;
};
Score score(const std::vector<CellResult>& cells);

/// "210/215 of 230".
std::string to_string(const Score& score);

/// "1332 cells: 1314 pass, 2 fail, 14 deviates (3 MUST)".
std::string summary(const std::vector<CellResult>& cells);

}  // namespace loopmark::harness
