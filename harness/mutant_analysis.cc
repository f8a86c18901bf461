// SPDX-License-Identifier: MIT
#include "harness/mutant_analysis.h"

#include "harness/contract.h"
#include "harness/contract_check.h"

namespace loopmark::harness {

bool is_catch(Verdict verdict) {
  return verdict == Verdict::kFail || verdict == Verdict::kTimeout || verdict == Verdict::kDeviates;
}

std::vector<std::string> MutantReport::survivors() const {
  std::vector<std::string> names;
  for (const auto& [mutant, cases] : caught_by) {
    if (cases.empty()) names.push_back(mutant);
  }
  return names;
}

MutantReport analyse_mutants(const std::vector<CellResult>& results,
                             const std::vector<const CaseInfo*>& cases,
                             const std::vector<const BackendInfo*>& mutants) {
  MutantReport report;
  std::map<std::pair<std::string, std::string>, Verdict> verdicts;  // by backend and case
  for (const CellResult& cell : results) verdicts[{cell.backend, cell.case_id()}] = cell.verdict;
  std::set<std::string> bases;
  for (const BackendInfo* mutant : mutants) bases.insert(mutant->mechanism);
  for (const CellResult& cell : results) {
    if (bases.contains(cell.backend) && cell.verdict != Verdict::kPass)
      report.unsound.push_back(cell);
  }

  std::set<std::string> busy;
  for (const BackendInfo* mutant : mutants) {
    auto& catching = report.caught_by[mutant->name];
    for (const CaseInfo* each : cases) {
      const auto found = verdicts.find({mutant->name, each->id()});
      if (found == verdicts.end()) continue;  // not a pair that was run
      const bool sound = verdicts[{mutant->mechanism, each->id()}] == Verdict::kPass;
      const bool caught = sound && is_catch(found->second);
      if (caught) {
        catching.push_back(each->id());
        busy.insert(each->id());
      }
      if (found->second == Verdict::kCrash) report.crashed_in[mutant->name].push_back(each->id());
      for (const std::string& name : each->catches) {
        if (caught || !means_mutant(name, *mutant)) continue;
        report.broken_promises.push_back(each->id() + " says that it catches " + mutant->name +
                                         ", and came to '" + std::string(word(found->second)) +
                                         "'" + (sound ? "" : " (its base does not pass)"));
      }
    }
  }
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
  return report;
}

}  // namespace loopmark::harness
