// SPDX-License-Identifier: MIT
#include "harness/laws.h"

#include <fmt/format.h>

#include <set>

#include "harness/comparison_laws.h"
#include "harness/counted_laws.h"
#include "harness/growth_laws.h"

namespace loopmark::harness {
namespace {

const char* text_of(Standing standing) {
  switch (standing) {
    case Standing::kHolds:
      return "holds";
    case Standing::kOpen:
      return "open";
    case Standing::kBroken:
      return "BROKEN";
    case Standing::kNotJudged:
      return "not judged";
  }
  return "?";
}

/// Nobody shall believe what times an INVALID scenario has, and no law either.
void leave_out_invalid(const std::vector<ScenarioResult>& results,
                       std::vector<LawFinding>& findings) {
  std::set<std::string> invalid;
  for (const ScenarioResult& result : results) {
    if (result.invalid()) invalid.insert(result.plan().id());
  }
  for (LawFinding& finding : findings) {
    for (const std::string& scenario : finding.scenarios) {
      if (!invalid.contains(scenario)) continue;
      finding.standing = Standing::kNotJudged;
      finding.observed = scenario + " is INVALID";
    }
  }
}

}  // namespace

Standing held(bool holds) {
  return holds ? Standing::kHolds : Standing::kBroken;
}

Standing at_most(const Ratio& ratio, double limit) {
  if (ratio.low > limit) return Standing::kBroken;
  return ratio.high <= limit ? Standing::kHolds : Standing::kOpen;
}

std::vector<LawFinding> check_laws(const std::vector<ScenarioResult>& results) {
  std::vector<LawFinding> findings;
  add_growth_laws(results, findings);
  add_comparison_laws(results, findings);
  leave_out_invalid(results, findings);
  add_counted_laws(results, findings);  // a busy machine does not blur these
  return findings;
}

Cells law_cells(const std::vector<LawFinding>& findings) {
  Cells cells{{"LAW", "WHERE", "ARM", "OBSERVED", "EXPECTED", ""}};
  for (const Standing standing :
       {Standing::kBroken, Standing::kOpen, Standing::kNotJudged, Standing::kHolds}) {
    for (const LawFinding& each : findings) {
      if (each.standing != standing) continue;
      cells.push_back(
          {each.law, each.where, each.arm, each.observed, each.expected, text_of(standing)});
    }
  }
  return cells;
}

}  // namespace loopmark::harness
