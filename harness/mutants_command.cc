// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <thread>

#include "harness/command.h"
#include "harness/contract_check.h"
#include "harness/fault_map.h"
#include "harness/journal.h"
#include "harness/matrix.h"
#include "harness/mutant_analysis.h"
#include "harness/programs.h"
#include "harness/progress.h"
#include "harness/report.h"
#include "harness/score.h"
#include "harness/selectors.h"
#include "harness/stored_run.h"
#include "harness/terminal.h"

namespace loopmark::harness {
namespace {

struct Options {
  std::vector<std::string> mutants;
  std::vector<std::string> cases;
  std::string folder = (program_folder() / "mutants").string();
  std::size_t jobs = std::max(1U, std::thread::hardware_concurrency());
  double timeout_seconds = 3;
  std::uint64_t seed = 0;
  std::string out;
  std::string color = "auto";
  std::string progress = "auto";
  bool declared = false;
  bool first = false;
  bool verbose = false;
};

/// What is run: the cells point into the catalogues.
struct Plan {
  explicit Plan(const std::string& folder) : mutant_catalogue{probe_folder(worker, folder)} {}

  std::string worker = case_worker();
  std::vector<CaseInfo> cases = list_cases(worker);
  BackendCatalogue mutant_catalogue;
  BackendCatalogue bases = probe_all(worker);
  std::vector<const BackendInfo*> mutants;
  std::vector<std::string> dead;  // mutants that are refused, and why
  std::vector<const CaseInfo*> chosen;
  std::vector<Cell> cells;
};

/// The selector, which may leave out "mutant/".
std::string full_name(const std::string& selector) {
  const bool named =
      selector == "all" || is_module_path(selector) || selector.find("mutant") != std::string::npos;
  const std::size_t sign = selector.find_first_not_of("-!");
  return named || sign > 1 ? selector
                           : selector.substr(0, sign) + "mutant/" + selector.substr(sign);
}

bool is_declared(const CaseInfo& test, const BackendInfo& mutant) {
  return std::any_of(test.catches.begin(), test.catches.end(),
                     [&mutant](const std::string& name) { return means_mutant(name, mutant); });
}

const BackendInfo& base_of(const Plan& plan, const BackendInfo& mutant) {
  const BackendInfo* const base = plan.bases.find(mutant.mechanism);
  if (base == nullptr) {
    throw EnvironmentError(mutant.name + " names the base '" + mutant.mechanism +
                           "', which there is not");
  }
  return *base;
}

void choose(Plan& plan, const Options& options) {
  if (plan.mutant_catalogue.backends.empty()) {
    throw EnvironmentError("there are no mutants in " + options.folder +
                           "; build the target mutants");
  }
  std::vector<std::string> selectors = split_selectors(options.mutants);
  std::transform(selectors.begin(), selectors.end(), selectors.begin(), full_name);
  for (const BackendInfo* mutant : select_backends(plan.mutant_catalogue, selectors)) {
    if (mutant->ready()) {
      plan.mutants.push_back(mutant);
    } else {
      plan.dead.push_back(mutant->name + ": " + mutant->reason);
    }
  }
  plan.chosen = select_cases(plan.cases, contract(), split_selectors(options.cases), {});
  for (const CaseInfo* test : plan.chosen) {
    std::vector<const BackendInfo*> bases;
    for (const BackendInfo* mutant : plan.mutants) {
      if (options.declared && !is_declared(*test, *mutant)) continue;
      plan.cells.push_back({mutant, test});
      const BackendInfo* const base = &base_of(plan, *mutant);
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

void print_mutants(const Plan& plan, const MutantReport& report, bool verbose) {
  std::vector<std::vector<std::string>> rows{{"MUTANT", "FAULT", "BASE", "CAUGHT BY", ""}};
  for (const BackendInfo* mutant : plan.mutants) {
    const std::vector<std::string>& by = report.caught_by.at(mutant->name);
    const std::size_t shown = verbose ? by.size() : std::min<std::size_t>(by.size(), 3);
    std::string cases =
        fmt::format("{}", fmt::join(by.begin(), by.begin() + static_cast<long>(shown), " "));
    if (shown < by.size()) cases += " ...";
    rows.push_back(
        {mutant->name, mutant->library, mutant->mechanism, std::to_string(by.size()), cases});
  }
  fmt::print("{}\n", columns(rows));
  for (const auto& [mutant, cases] : report.crashed_in) {
    fmt::print("{} crashed in {} cases, which is no catch: {}{}\n", mutant, cases.size(),
               cases.front(), cases.size() > 1 ? " ..." : "");
  }
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

/// Prints what was found, and returns whether all is well.
bool print_report(const Plan& plan, const MutantReport& report, const Options& options) {
  const bool whole =
      options.cases.empty();  // else a mutant may well be caught by a case that was left out
  const bool matrix = whole && !options.first;
  const bool all_mutants = matrix && options.mutants.empty();
  print_mutants(plan, report, options.verbose);
  std::vector<std::string> unsound;
  for (const CellResult& cell : report.unsound) {
    unsound.push_back(fmt::format("{} {}: {}", cell.backend, cell.case_id(), verdict_text(cell)));
  }
  const std::vector<std::string> survivors = report.survivors();
  print_list("Mutants that no reactor can be made of:", plan.dead);
  print_list("Bases that do not pass:", unsound);
  print_list("Promises that are not kept:", report.broken_promises);
  if (!options.declared && !options.first) {
    print_list("Cases that catch nothing:", report.idle_cases);
  }
  print_list("Survivors:", survivors);
  std::vector<std::string> elsewhere;
  if (matrix) elsewhere = check_catches(parse_faults(fault_text()), report);
  print_list("Not caught where FAULTS.md says:", elsewhere);
  const bool all_broken = !all_mutants || print_unbroken(report);
  fmt::print("{} mutants, {} caught, {} survive; {} cases, {} catch nothing\n", plan.mutants.size(),
             plan.mutants.size() - survivors.size(), survivors.size(), plan.chosen.size(),
             report.idle_cases.size());
  return plan.dead.empty() && unsound.empty() && report.broken_promises.empty() &&
         (survivors.empty() || !whole) && elsewhere.empty() && all_broken;
}

Json part_of(const Plan& plan, const Options& options, bool complete, const MutantReport& report) {
  Json mutants = Json::array();
  for (const BackendInfo* mutant : plan.mutants) {
    Json row = to_json(*mutant);
    if (complete) row["caught_by"] = report.caught_by.at(mutant->name);
    mutants.push_back(row);
  }
  return {{"complete", complete},
          {"arguments", command_line()},
          {"seed", options.seed},
          {"timeout_seconds", options.timeout_seconds},
          {"mutants", mutants},
          {"survivors", report.survivors()},
          {"idle_cases", report.idle_cases},
          {"unbroken_clauses", report.unbroken},
          {"broken_promises", report.broken_promises}};
}

ExitCode mutants(const Options& options) {
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
                              .seed = options.seed,
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
  const MutantReport report = analyse_mutants(results, plan.chosen, plan.mutants);
  folder.write_part("mutants", part_of(plan, options, complete, report));
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
  const auto options = std::make_shared<Options>();
  options->seed = std::random_device()();
  add_list(app, "-b,--backend", options->mutants, "Mutants; the word mutant/ may be left out");
  add_list(app, "-k,--select", options->cases, "Cases, as for conform");
  app.add_option("-j,--jobs", options->jobs, "Workers at once")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--timeout", options->timeout_seconds, "Time limit of a cell (3s)")
      ->transform(time_limit());
  app.add_option("--seed", options->seed, "Seed that the cases are given");
  app.add_flag("--declared", options->declared, "Only the mutants that each case says it catches");
  app.add_flag("--first", options->first, "Of each mutant only until a case has caught it");
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
