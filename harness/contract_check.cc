// SPDX-License-Identifier: MIT
#include "harness/contract_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "harness/mutant_name.h"

namespace loopmark::harness {
namespace {

using Problems = std::vector<std::string>;

void check_clauses(const Contract& contract, const std::vector<CaseInfo>& cases,
                   Problems& problems) {
  std::set<std::string> with_case;
  for (const CaseInfo& each : cases) with_case.insert(each.clause);
  for (const Section& section : contract.sections) {
    if (section.counts != counted(section)) {
      problems.push_back(
          fmt::format("section {} says it has {} clauses, and has {}", section.prefix,
                      section.counts.empty() ? "no count of" : section.counts, counted(section)));
    }
    for (const Clause& clause : section.clauses) {
      if (clause.has_case() && !with_case.contains(clause.id)) {
        problems.push_back(clause.id + " is judged by a case, and there is none");
      } else if (!clause.has_case() && with_case.contains(clause.id)) {
        problems.push_back(clause.id + " has a case, and yet a " + clause.judged);
      }
    }
  }
}

void check_case(const CaseInfo& each, const Contract& contract,
                const std::vector<BackendInfo>& mutants, Problems& problems) {
  const std::string place = fmt::format("{} ({}:{})", each.id(), each.file, each.line);
  if (contract.find(each.clause) == nullptr)
    problems.push_back(place + " judges a clause that the contract does not have");
  if (each.catches.empty() && each.uncaught.empty())
    problems.push_back(place + " names no mutant that it catches");
  for (const std::string& name : each.catches) {
    const auto meant = [&name](const BackendInfo& row) { return means_mutant(name, row.name); };
    if (std::none_of(mutants.begin(), mutants.end(), meant)) {
      problems.push_back(place + " names the mutant '" + name + "', which there is not");
    }
  }
}

}  // namespace

std::vector<std::string> check_contract(const Contract& contract,
                                        const std::vector<CaseInfo>& cases,
                                        const std::vector<BackendInfo>& mutants) {
  Problems problems;
  check_clauses(contract, cases, problems);
  for (const CaseInfo& each : cases) check_case(each, contract, mutants, problems);
  return problems;
}

}  // namespace loopmark::harness
