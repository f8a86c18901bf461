// SPDX-License-Identifier: MIT
#include "harness/mutant_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "harness/mutant_name.h"
#include "harness/terminal.h"

namespace loopmark::harness {
namespace {

constexpr std::size_t kShownCases = 3;  // of those that catch a mutant

/// What keeps a row from being caught as it should be.
std::vector<std::string> complaints(const MutantReport& report, const BackendInfo& row) {
  if (!row.ready()) return {"no reactor can be made of it: " + row.reason};
  std::vector<std::string> wrong;
  if (report.caught_by.at(row.name).empty()) wrong.emplace_back("no case catches it");
  const auto broken = report.broken_promises.find(row.name);
  if (broken != report.broken_promises.end())
    wrong.insert(wrong.end(), broken->second.begin(), broken->second.end());
  return wrong;
}

}  // namespace

std::string mutant_table(const std::vector<const BackendInfo*>& rows, const MutantReport& report,
                         bool all_cases) {
  std::vector<std::vector<std::string>> table{{"MUTANT", "FAULT", "CAUGHT ON", "BY"}};
  for (auto row = rows.begin(); row != rows.end();) {
    const std::string mutant = mutant_of((*row)->name), fault = (*row)->library;
    std::vector<std::string> places, cases;
    for (; row != rows.end() && mutant_of((*row)->name) == mutant; ++row) {
      const std::vector<std::string>& by = report.caught_by.at((*row)->name);
      places.push_back(fmt::format("{} {}", (*row)->mechanism, by.size()));
      std::copy_if(by.begin(), by.end(), std::back_inserter(cases), [&cases](const auto& id) {
        return std::find(cases.begin(), cases.end(), id) == cases.end();
      });
    }
    if (!all_cases && cases.size() > kShownCases) {
      cases.resize(kShownCases);
      cases.emplace_back("...");
    }
    table.push_back({mutant, fault, fmt::format("{}", fmt::join(places, ", ")),
                     fmt::format("{}", fmt::join(cases, " "))});
  }
  return columns(table);
}

std::vector<CellResult> as_cells(const MutantReport& report,
                                 const std::vector<const BackendInfo*>& rows,
                                 const std::vector<CellResult>& results) {
  std::map<std::string, double> seconds;  // by row
  for (const CellResult& cell : results) seconds[cell.backend] += cell.seconds;
  std::vector<CellResult> cells;
  for (const BackendInfo* row : rows) {
    CellResult& cell = cells.emplace_back();
    cell.backend = row->mechanism.empty() ? word(row->status) : row->mechanism;
    cell.clause = "mutants";
    cell.name = row->name;
    cell.level = "MUST";
    cell.requirement = "a case catches this fault: " + row->description;
    cell.seconds = seconds[row->name];
    const std::vector<std::string> wrong = complaints(report, *row);
    cell.verdict = wrong.empty() ? Verdict::kPass : Verdict::kFail;
    cell.outcome.message = fmt::format("{}", fmt::join(wrong, "\n"));
  }
  return cells;
}

}  // namespace loopmark::harness
