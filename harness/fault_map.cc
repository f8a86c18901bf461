// SPDX-License-Identifier: MIT
#include "harness/fault_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "harness/framing.h"

namespace loopmark::harness {
namespace {

constexpr std::string_view kOutside = "outside: ";
constexpr std::string_view kSearched = "interleavings/";  // a test holds these to the patches there

MappedFault fault_of(std::string_view row) {
  const std::vector<std::string> cells = table_cells(row);
  if (cells.size() != 5)
    throw std::runtime_error(fmt::format("has {} cells, a fault has 5", cells.size()));
  MappedFault fault{cells[0], words_of(cells[2]), words_of(cells[3]), {}};
  if (cells[4].starts_with(kOutside)) fault.outside = cells[4].substr(kOutside.size());
  if (cells[1].empty()) throw std::runtime_error("does not say what it is modelled on");
  if (fault.outside.empty() == (fault.mutants.empty() || fault.clauses.empty()))
    throw std::runtime_error("needs mutants and clauses, or 'outside: ' and the reason, not both");
  return fault;
}

bool is_own(const BackendInfo& mutant) {
  return mutant.library.substr(0, mutant.library.find(',')) == "own";
}

/// Whether one of the cases, "CLAUSE/Name" each, is of one of the clauses.
bool any_is_of(const std::vector<std::string>& cases, const std::vector<std::string>& clauses) {
  return std::any_of(cases.begin(), cases.end(), [&clauses](const std::string& id) {
    return std::count(clauses.begin(), clauses.end(), id.substr(0, id.find('/'))) > 0;
  });
}

}  // namespace

std::vector<MappedFault> parse_faults(std::string_view text) {
  std::vector<MappedFault> faults;
  std::istringstream lines{std::string(text)};
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (!line.starts_with("| ") || line.starts_with("| Fault |")) continue;
    try {
      faults.push_back(fault_of(line));
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(fmt::format("FAULTS.md:{}: the row {}", number, error.what()));
    }
  }
  return faults;
}

std::vector<std::string> check_faults(const std::vector<MappedFault>& faults,
                                      const Contract& contract,
                                      const std::vector<BackendInfo>& mutants) {
  std::vector<std::string> problems;
  std::set<std::string> known, mapped;
  for (const BackendInfo& mutant : mutants) known.insert(mutant.name);
  for (const MappedFault& fault : faults) {
    for (const std::string& name : fault.mutants) {
      if (name.starts_with(kSearched)) continue;
      mapped.insert("mutant/" + name);
      if (known.contains("mutant/" + name)) continue;
      problems.push_back(fmt::format("the fault \"{}\" names the mutant '{}', which there is not",
                                     fault.what, name));
    }
    for (const std::string& clause : fault.clauses) {
      if (contract.find(clause) != nullptr) continue;
      problems.push_back(fmt::format("the fault \"{}\" names the clause '{}', which there is not",
                                     fault.what, clause));
    }
  }
  for (const BackendInfo& mutant : mutants) {
    if (is_own(mutant) || mapped.contains(mutant.name)) continue;
    problems.push_back(
        fmt::format("{} is modelled on \"{}\", of which FAULTS.md has no row with this mutant",
                    mutant.name, mutant.library));
  }
  return problems;
}

std::vector<std::string> check_catches(const std::vector<MappedFault>& faults,
                                       const MutantReport& report) {
  std::vector<std::string> problems;
  for (const MappedFault& fault : faults) {
    for (const std::string& name : fault.mutants) {
      const auto caught = report.caught_by.find("mutant/" + name);
      if (caught == report.caught_by.end() || any_is_of(caught->second, fault.clauses)) continue;
      problems.push_back(fmt::format("mutant/{} is not caught by a case of {} (\"{}\")", name,
                                     fmt::join(fault.clauses, " or "), fault.what));
    }
  }
  return problems;
}

}  // namespace loopmark::harness
