// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/cell.h"

namespace loopmark::harness {

/// Whether a case that comes to this on a mutant, and passes on its base, has caught it.
bool is_catch(Verdict verdict);

/// What the suite makes of reactors with a deliberate fault, each a row: a mutant has one for each mechanism where its
/// fault can show (mutant_name.h), and its base there is the reactor without the fault. A case catches a row when it fails
/// or hangs on it and passes on its base. A crash is no catch, since it would show without any case: except of a clause of
/// which the row declares that the process should have survived (a deviation whose outcome is "crash").
struct MutantReport {
  /// Row: the cases that catch it; empty for a survivor.
  std::map<std::string, std::vector<std::string>> caught_by;
  /// Row: cases in which it crashed, without effect.
  std::map<std::string, std::vector<std::string>> crashed_in;
  std::vector<CellResult> unsound;      // cells of a base that did not pass, and prove nothing
  std::vector<std::string> idle_cases;  // that were run and catch nothing

  /// Row: "CLAUSE/Name says that it catches it, and came to 'pass'". A case that a row, or its base, does not support has
  /// promised nothing of it.
  std::map<std::string, std::vector<std::string>> broken_promises;

  /// MUST clauses that have cases, none of which catches a mutant: why, if they say it.
  std::map<std::string, std::string> unbroken;

  std::vector<std::string> survivors() const;  // rows
};

/// `results` has the cells of rows and of their bases; `cases` and `rows` are those that were run.
MutantReport analyse_mutants(const std::vector<CellResult>& results,
                             const std::vector<const CaseInfo*>& cases,
                             const std::vector<const BackendInfo*>& rows);

}  // namespace loopmark::harness
