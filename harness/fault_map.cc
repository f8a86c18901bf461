// SPDX-License-Identifier: MIT
#include "harness/fault_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "harness/framing.h"
#include "harness/mutant_name.h"

namespace loopmark::harness {
namespace {

constexpr std::string_view kOutside = "outside: ";
constexpr std::string_view kSearched = "interleavings/";  // a test holds these to the patches there

/// "epoll; poll (select tells of no hang-up)": epoll and poll.
std::vector<std::string> places_in(std::string text) {
  text = text.substr(0, text.find('('));
  std::replace(text.begin(), text.end(), ';', ',');
  std::vector<std::string> places;
  std::istringstream list(text);
  for (std::string place; std::getline(list, place, ',');) {
    const std::vector<std::string> words = words_of(place);
    places.push_back(fmt::format("{}", fmt::join(words, " ")));
  }
  return places;
}

MappedFault fault_of(std::string_view row) {
  const std::vector<std::string> cells = table_cells(row);
  if (cells.size() != 5)
    throw std::runtime_error(fmt::format("has {} cells, a fault has 5", cells.size()));
  MappedFault fault{cells[0], words_of(cells[2]), words_of(cells[3]), {}, {}};
  if (cells[4].starts_with(kOutside)) {
    fault.outside = cells[4].substr(kOutside.size());
  } else {
    fault.shows_on = places_in(cells[4]);
    if (fault.shows_on.empty()) throw std::runtime_error("does not say where it shows");
  }
  if (cells[1].empty()) throw std::runtime_error("does not say what it is modelled on");
  if (fault.outside.empty() == (fault.mutants.empty() || fault.clauses.empty()))
    throw std::runtime_error("needs mutants and clauses, or 'outside: ' and the reason, not both");
  return fault;
}

bool is_own(const std::string& reference) {
  return reference.substr(0, reference.find(',')) == "own";
}

/// Whether one of the cases, "CLAUSE/Name" each, is of one of the clauses.
bool any_is_of(const std::vector<std::string>& cases, const std::vector<std::string>& clauses) {
  return std::any_of(cases.begin(), cases.end(), [&clauses](const std::string& id) {
    return std::count(clauses.begin(), clauses.end(), id.substr(0, id.find('/'))) > 0;
  });
}

std::string listed(const std::set<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

/// Holds where the fault says that it shows against the rows of its mutants. A search goes by no mechanism.
void check_places(const MappedFault& fault, const std::vector<BackendInfo>& rows,
                  std::vector<std::string>& problems) {
  std::set<std::string> all, shown, said;
  for (const BackendInfo& row : rows) {
    if (row.mechanism.empty()) continue;  // its module is refused
    all.insert(row.mechanism);
    const auto meant = [&row](const std::string& name) { return means_mutant(name, row.name); };
    if (std::any_of(fault.mutants.begin(), fault.mutants.end(), meant)) shown.insert(row.mechanism);
  }
  for (const std::string& place : fault.shows_on) {
    if (place == "all" || place == "own loop") {
      said = all;
    } else {
      said.insert(place);
    }
  }
  if (shown.empty() || said == shown) return;
  problems.push_back(fmt::format("the fault \"{}\" says that it shows on {}, its mutants do on {}",
                                 fault.what, listed(said), listed(shown)));
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
                                      const std::vector<BackendInfo>& rows) {
  std::vector<std::string> problems;
  std::map<std::string, std::string> known;  // mutant: reference
  std::set<std::string> mapped;
  for (const BackendInfo& row : rows) known[mutant_of(row.name)] = row.library;
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
    check_places(fault, rows, problems);
  }
  for (const auto& [mutant, reference] : known) {
    if (is_own(reference) || mapped.contains(mutant)) continue;
    problems.push_back(
        fmt::format("{} is modelled on \"{}\", of which FAULTS.md has no row with this mutant",
                    mutant, reference));
  }
  return problems;
}

std::vector<std::string> check_catches(const std::vector<MappedFault>& faults,
                                       const MutantReport& report) {
  std::vector<std::string> problems;
  for (const MappedFault& fault : faults) {
    for (const auto& [row, cases] : report.caught_by) {
      const auto meant = [&row = row](const auto& name) { return means_mutant(name, row); };
      if (std::none_of(fault.mutants.begin(), fault.mutants.end(), meant) ||
          any_is_of(cases, fault.clauses)) {
        continue;
      }
      problems.push_back(fmt::format("{} is not caught by a case of {} (\"{}\")", row,
                                     fmt::join(fault.clauses, " or "), fault.what));
    }
  }
  return problems;
}

}  // namespace loopmark::harness
