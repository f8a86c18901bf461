// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "harness/command.h"
#include "harness/contract.h"
#include "harness/contract_check.h"
#include "harness/executables.h"
#include "harness/fault_map.h"
#include "harness/score.h"
#include "harness/stored_run.h"
#include "harness/terminal.h"

namespace loopmark::harness {
namespace {

struct ClausesOptions {
  std::string run;
  std::vector<std::string> only;
  bool check = false;
  bool verbose = false;
};

ExitCode check() {
  const std::string worker = case_worker();
  const auto mutants = probe_folder(worker, program_folder() / "mutants");
  auto problems = check_contract(contract(), list_cases(worker), mutants);
  const auto of_faults = check_faults(parse_faults(fault_text()), contract(), mutants);
  problems.insert(problems.end(), of_faults.begin(), of_faults.end());
  for (const std::string& problem : problems) fmt::print("{}\n", problem);
  fmt::print("{}\n", problems.empty() ? "the contract, the cases, the mutants and the faults agree"
                                      : fmt::format("{} problems", problems.size()));
  return problems.empty() ? ExitCode::kOk : ExitCode::kFailed;
}

/// The verdicts of one clause on one backend, by letter: one for each of its cases.
std::string letters(const std::vector<CellResult>& cells, const std::string& clause,
                    const std::string& backend) {
  std::string text;
  for (const CellResult& cell : cells) {
    if (cell.clause == clause && cell.backend == backend) text += letter(cell.verdict);
  }
  return text.empty() ? "-" : text;
}

bool wanted(const Section& section, const std::vector<std::string>& only) {
  return only.empty() || std::find(only.begin(), only.end(), section.prefix) != only.end();
}

void print_clauses(const std::vector<CellResult>& cells, const std::vector<std::string>& backends,
                   const ClausesOptions& options) {
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < backends.size(); ++i) fmt::print("{:>3}  {}\n", i + 1, backends[i]);
  rows.push_back({"CLAUSE", "LEVEL"});
  for (std::size_t i = 0; i < backends.size(); ++i) rows.back().push_back(std::to_string(i + 1));
  rows.back().push_back(options.verbose ? "REQUIREMENT" : "JUDGED");
  for (const Section& section : contract().sections) {
    if (!wanted(section, options.only)) continue;
    for (const Clause& clause : section.clauses) {
      auto& row = rows.emplace_back(std::vector<std::string>{clause.id, clause.level});
      for (const std::string& backend : backends) row.push_back(letters(cells, clause.id, backend));
      row.push_back(options.verbose ? clause.requirement : clause.judged);
    }
  }
  fmt::print("\n{}\n", columns(rows));
}

/// How many clauses there are and are judged, and the score of their cells, by level.
void print_totals(const std::vector<CellResult>& cells) {
  std::vector<std::vector<std::string>> rows{{"LEVEL", "CLAUSES", "JUDGED", "CELLS PASSED"}};
  for (const char* level : {"MUST", "SHOULD", "MAY"}) {
    std::size_t clauses = 0;
    std::size_t judged = 0;
    for (const Section& section : contract().sections) {
      for (const Clause& clause : section.clauses) {
        clauses += clause.level == level;
        judged += clause.level == level && clause.has_case();
      }
    }
    std::vector<CellResult> of_level;
    std::copy_if(cells.begin(), cells.end(), std::back_inserter(of_level),
                 [level](const CellResult& cell) { return cell.level == level; });
    rows.push_back(
        {level, std::to_string(clauses), std::to_string(judged), to_string(score(of_level))});
  }
  fmt::print("{}", columns(rows));
}

ExitCode clauses(const ClausesOptions& options) {
  if (options.check) return check();
  for (const std::string& prefix : options.only) {
    if (contract().section_of(prefix) == nullptr)
      throw UsageError("there is no section '" + prefix + "'");
  }
  const StoredRun run = read_run(options.run);
  const std::vector<CellResult> cells = run.table();
  fmt::print("run {}{}\n", run.folder.path().filename().string(),
             run.complete ? "" : ", NOT COMPLETE");
  print_clauses(cells, run.plan.backends, options);
  print_totals(cells);
  return ExitCode::kOk;
}

}  // namespace

CommandBody define_clauses(CLI::App& app) {
  const auto options = std::make_shared<ClausesOptions>();
  app.add_option("run", options->run, "A stored run; the latest unless given");
  app.add_option("-k,--select", options->only, "Sections: TIME,FD")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_flag("--check", options->check, "Check that contract, cases, mutants and faults agree");
  app.add_flag("-v,--verbose", options->verbose, "With the requirements");
  return [options] { return clauses(*options); };
}

}  // namespace loopmark::harness
