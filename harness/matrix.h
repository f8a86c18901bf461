// SPDX-License-Identifier: MIT
//
// The table of a run: a column a backend, a row a section of the contract (how many cases passed,
// and how many came to anything else: "12 F1 D2") or a clause (one letter for each of its cases).
#pragma once

#include <string>
#include <vector>

#include "harness/cell.h"

namespace loopmark::harness {

struct MatrixStyle {
  enum class Rows { kSections, kClauses };
  Rows rows = Rows::kSections;
  std::size_t width = 100;  // columns that do not fit are put into a second block below
  bool color = false;
};

/// The table for a terminal, with a legend of the letters that are in it. Backends stand in the
/// order in which `cells` has them.
std::string text_matrix(const std::vector<CellResult>& cells, const MatrixStyle& style);

/// The same as a table in Markdown, a row a backend, so that it does not grow in width.
std::string markdown_matrix(const std::vector<CellResult>& cells);

}  // namespace loopmark::harness
