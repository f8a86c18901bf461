// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/backend_catalogue.h"
#include "harness/contract.h"
#include "harness/mutant_analysis.h"

namespace loopmark::harness {

/// A fault that a real event loop had: a row of FAULTS.md.
struct MappedFault {
  std::string what;
  /// That have it, without "mutant/"; "interleavings/..." where no case finds it, but a search of the orders of threads.
  std::vector<std::string> mutants;
  std::vector<std::string> clauses;  // whose cases catch them
  /// Mechanisms; "all" and "own loop" are all that our own loop has.
  std::vector<std::string> shows_on;
  std::string outside;  // why the contract does not rule it out, where there are none
};

/// The faults that the program was built with: FAULTS.md.
std::string_view fault_text();

/// Reads a table "| fault | modelled on | mutants | clauses | shows on |", whose last cell is "outside: ..." where the two
/// before it are empty, and else a list with commas or semicolons, and perhaps a remark in parentheses behind it. Throws
/// std::runtime_error with the line when a row is malformed.
std::vector<MappedFault> parse_faults(std::string_view text);

/// What is wrong between the faults, the contract and the rows of mutants, a sentence each: a mutant or a clause that there
/// is not, a mutant that is modelled on a fault which has no row, or a fault whose mutants show elsewhere than it says.
std::vector<std::string> check_faults(const std::vector<MappedFault>& faults,
                                      const Contract& contract,
                                      const std::vector<BackendInfo>& rows);

/// Where a run shows otherwise, a sentence each: a row of a mutant that no case of the fault's clauses catches. Mutants
/// that were not run are passed over.
std::vector<std::string> check_catches(const std::vector<MappedFault>& faults,
                                       const MutantReport& report);

}  // namespace loopmark::harness
