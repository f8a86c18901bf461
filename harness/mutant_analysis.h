// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "harness/cell.h"

namespace loopmark::harness {

/// Whether a case that comes to this on a mutant, and passes on its base, has caught it.
bool is_catch(Verdict verdict);

/// What the suite makes of reactors with a deliberate fault. A case catches a mutant when it fails
/// or hangs on it and passes on the mutant's base. A crash is no catch, since it would show without
/// any case: except of a clause of which the mutant's row declares that the process should have
/// survived (a deviation whose outcome is "crash").
struct MutantReport {
  std::map<std::string, std::vector<std::string>>
      caught_by;  // mutant: the cases that catch it; empty for a survivor
  std::map<std::string, std::vector<std::string>>
      crashed_in;  // mutant: cases in which it crashed, without effect
  std::vector<CellResult>
      unsound;  // cells of a base that did not pass: such a case proves nothing there
  std::vector<std::string> idle_cases;  // that were run and catch nothing
  std::vector<std::string>
      broken_promises;  // "CLAUSE/Name does not catch mutant/x", though the case says so

  std::map<std::string, std::string>
      unbroken;  // MUST clauses that have cases, none of which catches a mutant: why, if they say it

  std::vector<std::string> survivors() const;
};

/// `results` has the cells of mutants and of their bases; `cases` and `mutants` are those that were
/// run.
MutantReport analyse_mutants(const std::vector<CellResult>& results,
                             const std::vector<const CaseInfo*>& cases,
                             const std::vector<const BackendInfo*>& mutants);

}  // namespace loopmark::harness
