// SPDX-License-Identifier: MIT
#include "harness/mutant_analysis.h"

#include <set>

#include "harness/contract.h"
#include "harness/mutant_name.h"

namespace loopmark::harness {
namespace {

/// Of the cases that catch nothing, and the clauses that nothing breaks.
void note_what_is_left(const std::vector<const CaseInfo*>& cases, const std::set<std::string>& busy,
                       MutantReport& report) {
  std::set<std::string> broken;  // clauses
  for (const CaseInfo* each : cases) {
    if (busy.contains(each->id())) {
      broken.insert(each->clause);
    } else {
      report.idle_cases.push_back(each->id());
    }
  }
  for (const CaseInfo* each : cases) {
    const Clause* const clause = contract().find(each->clause);
    if (clause == nullptr || clause->level != "MUST" || broken.contains(each->clause)) continue;
    std::string& why = report.unbroken[each->clause];
    if (why.empty()) why = each->uncaught;
  }
}

}  // namespace

bool is_catch(Verdict verdict) {
  return verdict == Verdict::kFail || verdict == Verdict::kTimeout || verdict == Verdict::kDeviates;
}

std::vector<std::string> MutantReport::survivors() const {
  std::vector<std::string> names;
  for (const auto& [row, cases] : caught_by) {
    if (cases.empty()) names.push_back(row);
  }
  return names;
}

MutantReport analyse_mutants(const std::vector<CellResult>& results,
                             const std::vector<const CaseInfo*>& cases,
                             const std::vector<const BackendInfo*>& rows) {
  MutantReport report;
  std::map<std::pair<std::string, std::string>, Verdict> verdicts;  // by backend and case
  for (const CellResult& cell : results) verdicts[{cell.backend, cell.case_id()}] = cell.verdict;
  std::set<std::string> bases;
  for (const BackendInfo* row : rows) bases.insert(row->mechanism);
  for (const CellResult& cell : results) {
    if (bases.contains(cell.backend) && cell.verdict != Verdict::kPass &&
        cell.verdict != Verdict::kNotSupported) {
      report.unsound.push_back(cell);
    }
  }

  std::set<std::string> busy;
  for (const BackendInfo* row : rows) {
    auto& catching = report.caught_by[row->name];
    for (const CaseInfo* each : cases) {
      const auto found = verdicts.find({row->name, each->id()});
      if (found == verdicts.end()) continue;  // not a pair that was run
      const Verdict verdict = found->second, on_base = verdicts[{row->mechanism, each->id()}];
      const bool sound = on_base == Verdict::kPass;
      const bool caught = sound && is_catch(verdict);
      if (caught) {
        catching.push_back(each->id());
        busy.insert(each->id());
      }
      if (verdict == Verdict::kCrash) report.crashed_in[row->name].push_back(each->id());
      if (verdict == Verdict::kNotSupported || on_base == Verdict::kNotSupported) continue;
      for (const std::string& name : each->catches) {
        if (caught || !means_mutant(name, row->name)) continue;
        report.broken_promises[row->name].push_back(
            each->id() + " says that it catches it, and came to '" + std::string(word(verdict)) +
            "'" + (sound ? "" : " (its base does not pass)"));
      }
    }
  }
  note_what_is_left(cases, busy, report);
  return report;
}

}  // namespace loopmark::harness
