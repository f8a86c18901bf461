// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "harness/command.h"
#include "harness/conform_output.h"
#include "harness/contract.h"
#include "harness/executables.h"
#include "harness/journal.h"
#include "harness/progress.h"
#include "harness/report.h"
#include "harness/run_differences.h"
#include "harness/selectors.h"
#include "harness/stored_run.h"
#include "harness/worker_pool.h"

namespace loopmark::harness {
namespace {

struct ConformOptions {
  std::vector<std::string> backends;
  std::vector<std::string> cases;
  std::vector<std::string> excluded;
  std::vector<std::string> modules;
  std::size_t jobs = default_jobs();
  ConformPlan plan;  // of it: timeout, repeat
  std::optional<std::string> rerun_failed;
  std::optional<std::string> resume;
  bool in_process = false;
  bool dry_run = false;
  std::string out;
  OutputStyle output;
  std::string progress = "auto";
};

/// What there is to choose from. The cells point into it.
struct Suite {
  std::string worker = case_worker();
  std::vector<CaseInfo> cases = list_cases(worker);
  BackendCatalogue catalogue;
};

const CaseInfo& case_named(const Suite& suite, const std::string& id) {
  const auto named = [&id](const CaseInfo& each) { return each.id() == id; };
  const auto found = std::find_if(suite.cases.begin(), suite.cases.end(), named);
  if (found == suite.cases.end())
    throw EnvironmentError("the stored run has a case that is no more: " + id);
  return *found;
}

const BackendInfo& backend_named(const Suite& suite, const std::string& name) {
  const BackendInfo* const found = suite.catalogue.find(name);
  if (found == nullptr)
    throw EnvironmentError("the stored run has a backend that is no more: " + name);
  return *found;
}

/// The plan that the selectors come to.
void choose(const Suite& suite, const ConformOptions& options, ConformPlan& plan) {
  const auto selectors = split_selectors(options.backends);
  for (const BackendInfo* row : select_backends(suite.catalogue, selectors))
    plan.backends.push_back(row->name);
  for (const CaseInfo* each : select_cases(suite.cases, contract(), split_selectors(options.cases),
                                           split_selectors(options.excluded))) {
    plan.cases.push_back(each->id());
  }
}

/// The plan of running again what failed in `run`.
void choose_failed(const StoredRun& run, ConformPlan& plan) {
  std::set<std::string> backends;
  std::set<std::string> cases;
  for (const CellResult& cell : run.table()) {
    if (!is_failure(cell.verdict)) continue;
    plan.only.emplace_back(cell.backend, cell.case_id());
    backends.insert(cell.backend);
    cases.insert(cell.case_id());
  }
  if (plan.only.empty()) throw NothingRan("nothing failed in " + run.folder.path().string());
  std::copy_if(run.plan.backends.begin(), run.plan.backends.end(),
               std::back_inserter(plan.backends),
               [&](const auto& name) { return backends.contains(name); });
  std::copy_if(run.plan.cases.begin(), run.plan.cases.end(), std::back_inserter(plan.cases),
               [&](const auto& id) { return cases.contains(id); });
  plan.modules = run.plan.modules;
}

/// The cells of the plan that have no result yet.
std::vector<Cell> cells_of(const Suite& suite, const StoredRun& run) {
  std::set<CellName> done;
  for (const CellResult& cell : run.finished) done.emplace(cell.backend, cell.case_id());
  std::vector<Cell> cells;
  for (const std::string& id : run.plan.cases) {
    for (const std::string& backend : run.plan.backends) {
      if (!run.plan.includes({backend, id}) || done.contains({backend, id})) continue;
      cells.push_back({&backend_named(suite, backend), &case_named(suite, id)});
    }
  }
  return cells;
}

std::vector<std::string> modules_of(const ConformOptions& options) {
  return modules_in(split_selectors(options.backends), options.modules);
}

/// The worker in this process' place, with GoogleTest's output: for one cell under a debugger.
[[noreturn]] void become_worker(const std::vector<Cell>& cells, const CellSettings& settings) {
  if (cells.size() != 1) {
    throw UsageError(
        fmt::format("--in-process runs one cell, and the selection has {}", cells.size()));
  }
  std::vector<std::string> words = worker_arguments(cells.front(), settings);
  std::vector<char*> arguments;
  for (std::string& each : words) arguments.push_back(each.data());
  arguments.push_back(nullptr);
  ::execv(arguments[0], arguments.data());
  throw EnvironmentError("cannot run " + words.front() + ": " +
                         std::generic_category().message(errno));
}

ExitCode print_plan(const std::vector<Cell>& cells, const ConformPlan& plan) {
  for (const Cell& cell : cells) fmt::print("{} {}\n", cell.backend->name, cell.test->id());
  fmt::print(stderr, "{} cells of {} cases on {} backends, {} times each\n", cells.size(),
             plan.cases.size(), plan.backends.size(), plan.repeat);
  return ExitCode::kOk;
}

CellSettings settings_of(const ConformPlan& plan, const Suite& suite,
                         const ConformOptions& options) {
  const std::chrono::duration<double> limit(plan.timeout_seconds);
  return {.worker = suite.worker,
          .time_limit = std::chrono::duration_cast<Duration>(limit),
          .jobs = options.jobs,
          .repeat = plan.repeat};
}

/// The part of run.json that conform writes.
Json part_of(const Suite& suite, const StoredRun& run, const std::string& started, double seconds) {
  Json backends = Json::array();
  for (const std::string& name : run.plan.backends)
    backends.push_back(to_json(backend_named(suite, name)));
  Json counts = Json::object();
  for (const auto& [verdict, number] : count(run.table()))
    counts[std::string(word(verdict))] = number;
  return {{"complete", run.complete},    {"started", started},        {"duration_seconds", seconds},
          {"arguments", command_line()}, {"plan", to_json(run.plan)}, {"summary", counts},
          {"backends", backends}};
}

/// Runs what is left of `run`, and stores each cell as it comes.
class ConformRun {
 public:
  ConformRun(const Suite& suite, StoredRun run, const ConformOptions& options)
      : suite_(suite), options_(options), run_(std::move(run)) {}

  ExitCode execute(const std::vector<Cell>& cells) {
    store_part();
    Journal journal(run_.folder / kCellJournal, kCellSchema);
    Progress progress(cells.size() + run_.finished.size(), run_.finished.size(), options_.progress);
    const bool ran_all =
        run_cells(cells, settings_of(run_.plan, suite_, options_), interruption_,
                  [&](const CellResult& cell) {
                    journal.append(to_json(cell));
                    if (is_failure(cell.verdict))
                      run_.folder.write_file(log_name(cell), full_report(cell));
                    run_.finished.push_back(cell);
                    progress.advance(is_failure(cell.verdict), cell.backend + " " + cell.case_id());
                  });
    progress.clear();
    run_.complete = ran_all;
    return conclude();
  }

 private:
  ExitCode conclude() {
    const std::vector<CellResult> table = run_.table();
    const std::string id = run_.folder.path().filename();
    run_.folder.write_file("junit.xml", junit(table));
    run_.folder.write_file("summary.md", markdown(id, table, run_.complete));
    store_part();
    print_run(run_, table, options_.output);
    return exit_code(run_, table);
  }

  void store_part() {
    const double seconds = std::chrono::duration<double>(Clock::now() - began_).count();
    run_.folder.write_part("conform", part_of(suite_, run_, started_, seconds));
  }

  Interruption interruption_;  // from before anything is stored
  const Suite& suite_;
  const ConformOptions& options_;
  StoredRun run_;
  std::string started_ = utc_now();
  TimePoint began_ = Clock::now();
};

ExitCode conform(ConformOptions& options) {
  Suite suite;
  if (options.resume) {
    StoredRun run = read_run(*options.resume);
    if (!run.complete) require_own(run.folder.record());
    suite.catalogue = probe_all(suite.worker, run.plan.modules);
    if (run.torn)
      fmt::print(stderr,
                 "the journal's last line was torn; it is dropped, and its cell run again\n");
    const std::vector<Cell> cells = cells_of(suite, run);
    return ConformRun(suite, std::move(run), options).execute(cells);
  }
  ConformPlan plan = options.plan;
  plan.modules = modules_of(options);
  if (options.rerun_failed) {
    choose_failed(read_run(*options.rerun_failed), plan);
    suite.catalogue = probe_all(suite.worker, plan.modules);
  } else {
    suite.catalogue = probe_all(suite.worker, plan.modules);
    choose(suite, options, plan);
  }
  StoredRun run{.folder = RunFolder::nowhere(), .plan = plan};
  const std::vector<Cell> cells = cells_of(suite, run);
  if (options.dry_run) return print_plan(cells, plan);
  if (options.in_process) become_worker(cells, settings_of(plan, suite, options));
  run.folder = RunFolder::create(options.out, "conform");
  return ConformRun(suite, std::move(run), options).execute(cells);
}

}  // namespace

CommandBody define_conform(CLI::App& app) {
  const auto options = std::make_shared<ConformOptions>();
  const auto run_name = [&app](const char* name, std::optional<std::string>& into,
                               const char* what) {
    return app.add_option(name, into, what)->expected(0, 1)->type_name("[RUN]");
  };
  add_backends(app, options->backends, options->modules);
  add_list(app, "-k,--select", options->cases,
           "Cases: TIME, TIME-CANCEL, TIME-CANCEL-01, its Name, patterns");
  add_list(app, "-x,--exclude", options->excluded, "Cases to leave out");
  app.add_option("-j,--jobs", options->jobs, "Workers at once")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("-n,--repeat", options->plan.repeat,
                 "Runs of each cell; different verdicts make it flaky")
      ->check(CLI::Range(1, 1000000));
  app.add_option("--timeout", options->plan.timeout_seconds, "Time limit of a cell (10s)")
      ->transform(time_limit());
  CLI::Option* const again = run_name("--rerun-failed", options->rerun_failed,
                                      "Run again what failed in a run (the latest)");
  run_name("--resume", options->resume, "Finish a run that was interrupted (the latest)")
      ->excludes(again);
  app.add_flag("--in-process", options->in_process,
               "Become the worker of the one cell selected, for a debugger");
  app.add_flag("--dry-run", options->dry_run, "Print the cells, and run none");
  app.add_option("--out", options->out, "Folder for the results")->type_name("DIR");
  app.add_option("--format", options->output.format,
                 "What goes to standard output: text, json, md or junit")
      ->check(one_of({"text", "json", "md", "junit"}));
  app.add_flag("-q,--quiet", options->output.quiet, "No matrix");
  app.add_flag("-v,--verbose", options->output.verbose, "A matrix with a row a clause");
  app.add_option("--color", options->output.color, "auto, always or never")
      ->check(one_of({"auto", "always", "never"}));
  app.add_option("--progress", options->progress, "auto, plain or none")
      ->check(one_of({"auto", "plain", "none"}));
  return [options] { return conform(*options); };
}

}  // namespace loopmark::harness
