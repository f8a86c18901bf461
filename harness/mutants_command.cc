// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <fnmatch.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "harness/command.h"
#include "harness/executables.h"
#include "harness/fault_map.h"
#include "harness/journal.h"
#include "harness/matrix.h"
#include "harness/mutant_analysis.h"
#include "harness/mutant_name.h"
#include "harness/mutant_output.h"
#include "harness/progress.h"
#include "harness/report.h"
#include "harness/score.h"
#include "harness/selectors.h"
#include "harness/stored_run.h"
#include "harness/terminal.h"
#include "harness/worker_pool.h"

namespace loopmark::harness {
namespace {

struct MutantsOptions {
  std::vector<std::string> mutants;
  std::vector<std::string> cases;
  std::string folder = (program_folder() / "mutants").string();
  // Most of the time goes by in cells that hang, and do nothing.
  std::size_t jobs = 3 * default_jobs();
  double timeout_seconds = 3;
  std::string out;
  std::string color = "auto";
  std::string progress = "auto";
  bool declared = false;
  bool first = false;
  bool verbose = false;
};

/// Whether all cases are run: else a mutant may well be caught by one that is left out.
bool is_whole(const MutantsOptions& options) {
  return options.cases.empty();
}

/// What is run: the cells point into the catalogues.
struct Plan {
  explicit Plan(const std::string& folder) : mutant_catalogue{probe_folder(worker, folder)} {}

  std::string worker = case_worker();
  std::vector<CaseInfo> cases = list_cases(worker);
  BackendCatalogue mutant_catalogue;
  BackendCatalogue bases = probe_all(worker);
  std::vector<const BackendInfo*> rows;  // of mutants; those of one follow each other
  std::vector<const BackendInfo*> dead;  // of which no reactor can be made
  std::vector<const CaseInfo*> chosen;
  std::vector<Cell> cells;
};

/// The selector, which may leave out "mutant/"; instead of the name of a mutant, or a pattern of such, those of the rows.
std::vector<std::string> in_full(const std::string& selector, const BackendCatalogue& catalogue) {
  const bool named =
      selector == "all" || is_module_path(selector) || selector.find("mutant") != std::string::npos;
  const std::size_t sign = std::min(selector.find_first_not_of("-!"), selector.size());
  const std::string name = (named ? "" : "mutant/") + selector.substr(sign);
  std::vector<std::string> rows;
  for (const BackendInfo& row : catalogue.backends) {
    if (::fnmatch(name.c_str(), mutant_of(row.name).c_str(), 0) == 0)
      rows.push_back(selector.substr(0, sign) + row.name);
  }
  return rows.empty() ? std::vector{selector.substr(0, sign) + name} : rows;
}

bool is_declared(const CaseInfo& test, const BackendInfo& row) {
  return std::any_of(test.catches.begin(), test.catches.end(),
                     [&row](const std::string& name) { return means_mutant(name, row.name); });
}

const BackendInfo& base_of(const Plan& plan, const BackendInfo& row) {
  const BackendInfo* const base = plan.bases.find(row.mechanism);
  if (base == nullptr) {
    throw EnvironmentError(row.name + " names the base '" + row.mechanism +
                           "', which there is not");
  }
  return *base;
}

void choose(Plan& plan, const MutantsOptions& options) {
  if (plan.mutant_catalogue.backends.empty()) {
    throw EnvironmentError("there are no mutants in " + options.folder +
                           "; build the target mutants");
  }
  std::vector<std::string> selectors;
  for (const std::string& selector : split_selectors(options.mutants)) {
    const std::vector<std::string> full = in_full(selector, plan.mutant_catalogue);
    selectors.insert(selectors.end(), full.begin(), full.end());
  }
  for (const BackendInfo* row : select_backends(plan.mutant_catalogue, selectors))
    (row->ready() ? plan.rows : plan.dead).push_back(row);
  plan.chosen = select_cases(plan.cases, contract(), split_selectors(options.cases), {});
  for (const CaseInfo* test : plan.chosen) {
    std::vector<const BackendInfo*> bases;
    for (const BackendInfo* row : plan.rows) {
      if (options.declared && !is_declared(*test, *row)) continue;
      plan.cells.push_back({row, test});
      const BackendInfo* const base = &base_of(plan, *row);
      if (std::find(bases.begin(), bases.end(), base) == bases.end()) bases.push_back(base);
    }
    for (const BackendInfo* base : bases) plan.cells.push_back({base, test});
  }
  if (plan.cells.empty()) throw NothingRan("no case declares to catch one of these mutants");
}

void print_list(const char* title, const std::vector<std::string>& items) {
  if (items.empty()) return;
  fmt::print("{}\n", title);
  for (const std::string& item : items) fmt::print("  {}\n", item);
  fmt::print("\n");
}

/// MUST clauses that no mutant breaks, with the reason that a case gives; where none does, all is not well.
bool print_unbroken(const MutantReport& report) {
  std::vector<std::string> lines;
  bool well = true;
  for (const auto& [clause, why] : report.unbroken) {
    lines.push_back(clause + ": " +
                    (why.empty() ? "write one, or say in a case why there is none" : why));
    well = well && !why.empty();
  }
  print_list("MUST clauses that no mutant breaks:", lines);
  return well;
}

/// How many mutants there are, and how many are caught wherever they can show.
void print_counts(const Plan& plan, const MutantReport& report) {
  const std::vector<std::string> survivors = report.survivors();
  std::set<std::string> all, surviving;
  for (const BackendInfo* row : plan.rows) all.insert(mutant_of(row->name));
  for (const std::string& row : survivors) surviving.insert(mutant_of(row));
  fmt::print("{} mutants, {} caught, {} survive; {} cases, {} catch nothing; {} rows, {} caught\n",
             all.size(), all.size() - surviving.size(), surviving.size(), plan.chosen.size(),
             report.idle_cases.size(), plan.rows.size(), plan.rows.size() - survivors.size());
}

/// Prints what was found, and returns whether all is well.
bool print_report(const Plan& plan, const MutantReport& report, const MutantsOptions& options) {
  const bool whole = is_whole(options);
  const bool matrix = whole && !options.first;
  const bool all_mutants = matrix && options.mutants.empty();
  fmt::print("{}\n", mutant_table(plan.rows, report, options.verbose));
  for (const auto& [row, cases] : report.crashed_in) {
    fmt::print("{} crashed in {} cases, which is no catch: {}{}\n", row, cases.size(),
               cases.front(), cases.size() > 1 ? " ..." : "");
  }
  std::vector<std::string> dead, unsound, broken;
  for (const BackendInfo* row : plan.dead) dead.push_back(row->name + ": " + row->reason);
  for (const CellResult& cell : report.unsound) {
    unsound.push_back(fmt::format("{} {}: {}", cell.backend, cell.case_id(), verdict_text(cell)));
  }
  for (const auto& [row, promises] : report.broken_promises) {
    for (const std::string& promise : promises) broken.push_back(row + ": " + promise);
  }
  const std::vector<std::string> survivors = report.survivors();
  print_list("Mutants that no reactor can be made of:", dead);
  print_list("Bases that do not pass:", unsound);
  print_list("Promises that are not kept:", broken);
  if (!options.declared && !options.first) {
    print_list("Cases that catch nothing:", report.idle_cases);
  }
  print_list("Survivors:", survivors);
  std::vector<std::string> elsewhere;
  if (matrix) elsewhere = check_catches(parse_faults(fault_text()), report);
  print_list("Not caught where FAULTS.md says:", elsewhere);
  const bool all_broken = !all_mutants || print_unbroken(report);
  print_counts(plan, report);
  return dead.empty() && unsound.empty() && broken.empty() && (survivors.empty() || !whole) &&
         elsewhere.empty() && all_broken;
}

Json part_of(const Plan& plan, const MutantsOptions& options, bool complete,
             const MutantReport& report) {
  Json rows = Json::array();
  for (const BackendInfo* each : plan.rows) {
    Json row = to_json(*each);
    row["mutant"] = mutant_of(each->name);
    if (complete) row["caught_by"] = report.caught_by.at(each->name);
    rows.push_back(row);
  }
  return {{"complete", complete},
          {"arguments", command_line()},
          {"timeout_seconds", options.timeout_seconds},
          {"mutants", rows},
          {"survivors", report.survivors()},
          {"idle_cases", report.idle_cases},
          {"unbroken_clauses", report.unbroken},
          {"broken_promises", report.broken_promises}};
}

void store_junit(const RunFolder& folder, const Plan& plan, const MutantReport& report,
                 const std::vector<CellResult>& results) {
  std::vector<const BackendInfo*> rows = plan.rows;
  rows.insert(rows.end(), plan.dead.begin(), plan.dead.end());
  folder.write_file("junit.xml", junit(as_cells(report, rows, results)));
}

ExitCode mutants(const MutantsOptions& options) {
  Plan plan(options.folder);
  choose(plan, options);
  Interruption interruption;
  RunFolder folder = RunFolder::create(options.out, "mutants");
  folder.write_part("mutants", part_of(plan, options, false, {}));
  Journal journal(folder / "mutants.ndjson", kCellSchema);
  Progress progress(plan.cells.size(), 0, options.progress);
  std::set<std::string> caught;
  const auto wanted = [&](const Cell& cell) {
    return !options.first || !caught.contains(cell.backend->name);
  };
  const CellSettings settings{.worker = plan.worker,
                              .time_limit = std::chrono::duration_cast<Duration>(
                                  std::chrono::duration<double>(options.timeout_seconds)),
                              .jobs = options.jobs,
                              .traced = false,
                              .wanted = wanted};
  std::vector<CellResult> results;
  const bool complete = run_cells(plan.cells, settings, interruption, [&](const CellResult& cell) {
    journal.append(to_json(cell));
    results.push_back(cell);
    if (is_catch(cell.verdict) && plan.mutant_catalogue.find(cell.backend) != nullptr) {
      caught.insert(cell.backend);
    }
    progress.advance(false, cell.backend + " " + cell.case_id());
  });
  progress.clear();
  const MutantReport report = analyse_mutants(results, plan.chosen, plan.rows);
  folder.write_part("mutants", part_of(plan, options, complete, report));
  if (complete && is_whole(options)) store_junit(folder, plan, report, results);
  if (options.verbose) {
    fmt::print("{}\n", text_matrix(results, {.rows = MatrixStyle::Rows::kClauses,
                                             .width = terminal_width(STDOUT_FILENO),
                                             .color = wants_color(options.color, STDOUT_FILENO)}));
  }
  const bool well = print_report(plan, report, options);
  fmt::print("stored in {}\n", folder.path().string());
  if (!complete) return ExitCode::kInterrupted;
  return well ? ExitCode::kOk : ExitCode::kFailed;
}

}  // namespace

CommandBody define_mutants(CLI::App& app) {
  const auto options = std::make_shared<MutantsOptions>();
  add_list(app, "-b,--backend", options->mutants, "Mutants, or their rows, as early or early+poll");
  add_list(app, "-k,--select", options->cases, "Cases, as for conform");
  app.add_option("-j,--jobs", options->jobs, "Workers at once")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--timeout", options->timeout_seconds, "Time limit of a cell (3s)")
      ->transform(time_limit());
  app.add_flag("--declared", options->declared, "Only the mutants that each case says it catches");
  app.add_flag("--first", options->first, "Of each row only until a case has caught it");
  app.add_option("--folder", options->folder, "Folder of the mutants (mutants, beside the program)")
      ->type_name("DIR");
  app.add_option("--out", options->out, "Folder for the results")->type_name("DIR");
  app.add_option("--color", options->color, "auto, always or never")
      ->check(one_of({"auto", "always", "never"}));
  app.add_option("--progress", options->progress, "auto, plain or none")
      ->check(one_of({"auto", "plain", "none"}));
  app.add_flag("-v,--verbose", options->verbose, "All cases that catch a mutant, and the matrix");
  return [options] { return mutants(*options); };
}

}  // namespace loopmark::harness
