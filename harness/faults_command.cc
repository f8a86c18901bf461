// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <random>

#include "harness/command.h"
#include "harness/contract.h"
#include "harness/executables.h"
#include "harness/fault_report.h"
#include "harness/framing.h"
#include "harness/journal.h"
#include "harness/progress.h"
#include "harness/report.h"
#include "harness/run_folder.h"
#include "harness/selectors.h"
#include "harness/worker_pool.h"

namespace loopmark::harness {
namespace {

constexpr std::string_view kFaultSchema = "loopmark.faults/1";

struct FaultsOptions {
  std::vector<std::string> backends;
  std::vector<std::string> cases;
  std::vector<std::string> modules;
  std::string fault;
  std::optional<std::size_t> count;
  std::uint64_t seed = 0;
  unsigned most = 100;
  std::size_t jobs = default_jobs();
  double timeout_seconds = 10;
  std::string out;
  std::string progress = "auto";
  bool verbose = false;
};

struct Plan {
  std::string worker = case_worker();
  std::vector<CaseInfo> cases = list_cases(worker);
  BackendCatalogue catalogue;
  std::vector<Cell> cells;
  std::vector<std::string> left_out;  // cells that are no subject for faults, and why
  std::vector<FaultResult> broken;    // and those that are bad without one
  std::vector<Fault> faults;
};

void choose_cells(Plan& plan, const FaultsOptions& options) {
  const std::vector<std::string> selectors = split_selectors(options.backends);
  plan.catalogue = probe_all(plan.worker, modules_in(selectors, options.modules));
  const auto backends = select_backends(plan.catalogue, selectors);
  for (const CaseInfo* test :
       select_cases(plan.cases, contract(), split_selectors(options.cases), {})) {
    for (const BackendInfo* backend : backends) {
      if (backend->ready()) plan.cells.push_back({backend, test});
    }
  }
  if (plan.cells.empty()) throw NothingRan("no backend that is selected is ready");
}

CellSettings settings_of(const Plan& plan, const FaultsOptions& options) {
  return {.worker = plan.worker,
          .time_limit = std::chrono::duration_cast<Duration>(
              std::chrono::duration<double>(options.timeout_seconds)),
          .jobs = options.jobs,
          .traced = !options.fault.empty()};
}

/// Asks the cells where calls can fail in them, and what they leave without a fault. False when it was interrupted.
bool find_faults(Plan& plan, const FaultsOptions& options, Interruption& interruption) {
  Progress progress(plan.cells.size(), 0, options.progress);
  const bool complete = count_calls(
      plan.cells, settings_of(plan, options), interruption, [&](const CallCount& count) {
        const std::string name = count.cell.backend->name + " " + count.cell.test->id();
        if (!count.broken.empty()) {
          plan.broken.push_back(broken_without_fault(count));
        } else if (count.why.empty()) {
          const std::vector<Fault> found = options.fault.empty()
                                               ? faults_of(count, options.most)
                                               : std::vector{one_fault_of(count, options.fault)};
          plan.faults.insert(plan.faults.end(), found.begin(), found.end());
        } else {
          plan.left_out.push_back(name + ": " + count.why);
        }
        progress.advance(false, "counting calls: " + name);
      });
  progress.clear();
  // Workers end in any order.
  const auto place = [](const Cell& cell) {
    return std::pair(cell.test->id(), cell.backend->name);
  };
  std::stable_sort(plan.faults.begin(), plan.faults.end(),
                   [&](const Fault& a, const Fault& b) { return place(a.cell) < place(b.cell); });
  std::stable_sort(plan.broken.begin(), plan.broken.end(),
                   [&](const FaultResult& a, const FaultResult& b) {
                     return place(a.fault.cell) < place(b.fault.cell);
                   });
  if (options.count) plan.faults = choose_some(plan.faults, *options.count, options.seed);
  return complete;
}

Json part_of(const FaultsOptions& options, const Plan& plan,
             const std::vector<FaultResult>& results, bool complete) {
  Json backends = Json::object();
  const auto name = [](const FaultResult& result) { return result.fault.cell.backend->name; };
  for (const auto& [backend, counts] : count_by(results, name)) {
    for (const auto& [outcome, number] : counts)
      backends[backend][std::string(word(outcome))] = number;
  }
  return {{"complete", complete},         {"arguments", command_line()},
          {"seed", options.seed},         {"faults", plan.faults.size()},
          {"broken", plan.broken.size()}, {"left_out", plan.left_out},
          {"backends", backends}};
}

/// Prints what came of it. Returns whether all is well.
bool print(const Plan& plan, const std::vector<FaultResult>& results,
           const FaultsOptions& options) {
  std::size_t bad = 0, unjudged = 0, missed = 0;
  for (const FaultResult& result : results) {
    if (result.outcome == FaultOutcome::kMissed) ++missed;
    if (!options.fault.empty()) fmt::print("{}\n", describe(result));
    if (!is_bad(result.outcome)) continue;
    const bool is_ours = is_judged(*result.fault.cell.backend);
    ++(is_ours ? bad : unjudged);
    if (options.fault.empty() && (is_ours || options.verbose)) fmt::print("{}\n", describe(result));
  }
  fmt::print("{}\n", fault_tables(results));
  if (options.verbose) {
    for (const std::string& cell : plan.left_out) fmt::print("left out: {}\n", cell);
  }
  fmt::print("{} faults, {} bad", results.size() - missed - plan.broken.size(), bad);
  if (unjudged > 0) fmt::print(", {} bad on wrapped libraries, which are not judged", unjudged);
  if (missed > 0) fmt::print("; {} more were not met", missed);
  fmt::print("; {} cells left out, seed {}\n", plan.left_out.size(), options.seed);
  return bad == 0;
}

ExitCode faults(const FaultsOptions& options) {
  Plan plan;
  choose_cells(plan, options);
  Interruption interruption;
  if (!options.fault.empty()) one_fault_of({}, options.fault);  // refused before anything is made
  RunFolder folder = RunFolder::create(options.out, "faults");
  if (!find_faults(plan, options, interruption)) return ExitCode::kInterrupted;
  if (plan.faults.empty() && plan.broken.empty())
    throw NothingRan("no call that could fail is made in these cells");
  folder.write_part("faults", part_of(options, plan, {}, false));
  Journal journal(folder / "faults.ndjson", kFaultSchema);
  Progress progress(plan.faults.size(), 0, options.progress);
  std::vector<FaultResult> results = plan.broken;
  for (const FaultResult& result : results) journal.append(to_json(result));
  const bool complete = run_faults(
      plan.faults, settings_of(plan, options), interruption, [&](const FaultResult& result) {
        journal.append(to_json(result));
        results.push_back(result);
        progress.advance(is_bad(result.outcome) && is_judged(*result.fault.cell.backend),
                         result.fault.cell.test->id() + " " + result.fault.text());
      });
  progress.clear();
  folder.write_part("faults", part_of(options, plan, results, complete));
  folder.write_file("junit.xml", junit(as_cells(results)));
  const bool well = print(plan, results, options);
  fmt::print("stored in {}\n", folder.path().string());
  if (!complete) return ExitCode::kInterrupted;
  const auto met = [](const FaultResult& each) { return each.outcome != FaultOutcome::kMissed; };
  if (std::none_of(results.begin(), results.end(), met)) throw NothingRan("no fault was met");
  return well ? ExitCode::kOk : ExitCode::kFailed;
}

}  // namespace

CommandBody define_faults(CLI::App& app) {
  const auto options = std::make_shared<FaultsOptions>();
  options->seed = std::random_device()();
  add_backends(app, options->backends, options->modules);
  add_list(app, "-k,--select", options->cases, "Cases, as for conform");
  CLI::Option* const one = app.add_option("--fault", options->fault,
                                          "One fault, CALL:NUMBER:ERROR, such as recv:3:EINTR");
  app.add_option("--count", options->count, "So many of all faults, chosen by the seed")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 40))
      ->excludes(one);
  app.add_option("--seed", options->seed, "Seed of that choice");
  app.add_option("--most", options->most,
                 "Of the calls of one name in a case so many at most, evenly spaced")
      ->check(CLI::Range(2U, 1U << 20))
      ->capture_default_str();
  app.add_option("-j,--jobs", options->jobs, "Workers at once")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--timeout", options->timeout_seconds, "Time limit of a case (10s)")
      ->transform(time_limit());
  app.add_option("--out", options->out, "Folder for the results")->type_name("DIR");
  app.add_option("--progress", options->progress, "auto, plain or none")
      ->check(one_of({"auto", "plain", "none"}));
  app.add_flag("-v,--verbose", options->verbose,
               "Also what is bad on wrapped libraries, and the cells that are left out");
  return [options] { return faults(*options); };
}

}  // namespace loopmark::harness
