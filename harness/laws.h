// SPDX-License-Identifier: MIT
//
// What is known of event loops from decades of measuring them, as checks on a run. A result that
// breaks a law is not wrong for that, but it is the first place to look for a fault of the harness,
// and is flagged.
#pragma once

#include <string>
#include <vector>

#include "harness/bench_results.h"
#include "harness/bench_table.h"

namespace loopmark::harness {

/// One law on one arm or scenario of a run.
struct LawFinding {
  std::string law;       // "fd-scaling-flat"
  std::string where;     // the scenario or curve
  std::string arm;       // empty when the law is about several
  std::string observed;  // with the figure: "exponent 0.08"
  std::string expected;  // "at most 0.25"
  bool holds;
};

/// Every law that `results` have the measurements for.
std::vector<LawFinding> check_laws(const std::vector<ScenarioResult>& results);

/// A line for each finding, under a head: the broken ones first.
Cells law_cells(const std::vector<LawFinding>& findings);

}  // namespace loopmark::harness
