// SPDX-License-Identifier: MIT
#include "harness/conform_comparison.h"

#include <map>

#include "harness/stored_run.h"

namespace loopmark::harness {
namespace {

using Verdicts = std::map<CellName, Verdict>;

Verdicts verdicts_of(const std::vector<CellResult>& table) {
  Verdicts verdicts;
  for (const CellResult& cell : table) verdicts[{cell.backend, cell.case_id()}] = cell.verdict;
  return verdicts;
}

Verdict verdict_in(const Verdicts& verdicts, const CellResult& cell) {
  const auto found = verdicts.find({cell.backend, cell.case_id()});
  return found == verdicts.end() ? Verdict::kNotRun : found->second;
}

CellChange change_of(Verdict before, Verdict after) {
  if (before == Verdict::kNotRun) return CellChange::kAppeared;
  if (after == Verdict::kNotRun) return CellChange::kGone;
  if (is_failure(after) && !is_failure(before)) return CellChange::kNewlyFailing;
  if (after == Verdict::kPass) return CellChange::kNewlyPassing;
  return before == Verdict::kPass ? CellChange::kNoLongerPassing : CellChange::kOtherwise;
}

}  // namespace

std::string_view word(CellChange change) {
  switch (change) {
    case CellChange::kNewlyFailing:
      return "newly_failing";
    case CellChange::kNoLongerPassing:
      return "no_longer_passing";
    case CellChange::kNewlyPassing:
      return "newly_passing";
    case CellChange::kAppeared:
      return "appeared";
    case CellChange::kGone:
      return "gone";
    case CellChange::kOtherwise:
      break;
  }
  return "changed";
}

bool is_regression(CellChange change) {
  return change == CellChange::kNewlyFailing || change == CellChange::kNoLongerPassing;
}

std::vector<CellComparison> compare_cells(const std::vector<CellResult>& before,
                                          const std::vector<CellResult>& after) {
  const Verdicts was = verdicts_of(before);
  const Verdicts is = verdicts_of(after);
  std::vector<CellComparison> changed;
  const auto add = [&](const CellResult& cell) {
    const Verdict then = verdict_in(was, cell);
    const Verdict now = verdict_in(is, cell);
    if (then != now) changed.push_back({change_of(then, now), then, now, cell});
  };
  for (const CellResult& cell : after) {
    if (cell.verdict != Verdict::kNotRun) add(cell);
  }
  for (const CellResult& cell : before) {
    if (verdict_in(is, cell) == Verdict::kNotRun) add(cell);
  }
  return changed;
}

}  // namespace loopmark::harness
