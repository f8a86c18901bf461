// SPDX-License-Identifier: MIT
#include "harness/bench_run.h"

#include <filesystem>
#include <stdexcept>
#include <string>

#include "harness/arm_process.h"
#include "harness/bench_results.h"
#include "harness/bench_summary.h"
#include "harness/command.h"
#include "harness/executables.h"
#include "harness/framing.h"
#include "harness/gate.h"
#include "harness/journal.h"
#include "harness/json_text.h"
#include "harness/run_differences.h"
#include "harness/selectors.h"
#include "harness/stored_bench.h"
#include "harness/worker.h"

namespace loopmark::harness {
namespace {

constexpr const char* kBenchPart = "bench";

Effort effort_of(const BenchOptions& options) {
  Effort effort = options.choice.quick ? kQuickEffort : options.deep ? kDeepEffort : kFullEffort;
  if (options.rounds == 0) return effort;
  effort.least_rounds =  // fewer than those of the short profile allow no verdict
      std::min(effort.least_rounds, std::max(kQuickEffort.least_rounds, options.rounds));
  effort.most_rounds = effort.curve_rounds = options.rounds;
  return effort;
}

/// The part of run.json.
Json part_of(const BenchRun& run) {
  Json plan = Json::array();
  for (const ScenarioPlan& scenario : run.plan) {
    std::vector<ArmResult> arms(scenario.arms.size());
    for (std::size_t i = 0; i < arms.size(); ++i) arms[i].plan = scenario.arms[i];
    plan.push_back(scenario_record(scenario, arms));
  }
  return {{"complete", run.complete},
          {"started", run.started},
          {"duration_seconds", run.seconds},
          {"arguments", run.arguments},
          {"seed", run.seed},
          {"exact", run.exact},
          {"quick", run.quick},
          {"backends", run.backends},
          {"plan", plan},
          {"summary", to_json(summarise(run.results))}};
}

/// What run.json and the journal have of a run.
BenchRun begun(RunFolder folder, const Json& part) {
  BenchRun run{.folder = std::move(folder),
               .plan = {},
               .seed = part.at("seed"),
               .quick = part.value("quick", false),
               .started = part.at("started"),
               .seconds = part.value("duration_seconds", 0.0),
               .complete = part.at("complete"),
               .exact = part.at("exact"),
               .arguments = part.at("arguments"),
               .backends = part.at("backends")};
  for (const Json& record : part.at("plan")) run.plan.push_back(ScenarioResult(record).plan());
  const auto journal = run.folder / kRoundsFile;
  if (journal_exists(journal)) run.results = read_rounds(journal).results;
  return run;
}

/// Asks the worker whether the parameters of the command line go together, before anything is measured.
void check_parameters(const std::string& worker, const std::vector<ScenarioPlan>& plan) {
  for (const ScenarioPlan& scenario : plan) {
    std::vector<std::string> arguments =
        workload_arguments(worker, scenario, scenario.arms.front());
    arguments.emplace_back("--check");
    const WorkerOutcome outcome = run_worker({.arguments = std::move(arguments),
                                              .time_limit = std::chrono::seconds(20),
                                              .traced_on_timeout = false});
    if (outcome.end != WorkerOutcome::End::kExited || outcome.code != 2) continue;
    const std::string said = last_line(outcome.errors);  // "loopmark-workloads: active=11 is more"
    const std::size_t name = said.find(": ");
    throw UsageError(scenario.id() + ": " +
                     (name == std::string::npos ? said : said.substr(name + 2)));
  }
}

}  // namespace

BenchRun new_run(const BenchOptions& options, Interruption& interruption) {
  const auto selectors = split_selectors(options.backends);
  const BackendCatalogue catalogue =
      probe_all(case_worker(), modules_in(selectors, options.modules));
  const auto backends = select_backends(catalogue, selectors);
  BenchRun run{.folder = RunFolder::nowhere(),
               .plan = plan_scenarios(lines_of_json({workload_worker(), "--list"}), options.choice,
                                      effort_of(options), backends),
               .seed = options.seed,
               .quick = options.choice.quick,
               .started = utc_now(),
               .exact = options.exact.value_or(!options.choice.quick && options.budget == 0),
               .arguments = command_line()};
  if (!options.choice.parameters.empty()) check_parameters(workload_worker(), run.plan);
  for (const BackendInfo* backend : backends) run.backends.push_back(to_json(*backend));
  if (options.dry_run) return run;
  strike_out(run.plan, backends, interruption);
  if (options.in_folder) run.folder = RunFolder::create(options.out, kBenchPart);
  return run;
}

BenchRun stored_run(const std::string& name) {
  RunFolder folder = RunFolder::open(name);
  const Json part = folder.part(kBenchPart);
  if (!part.at("complete")) require_own(folder.record());
  const std::string place = (folder / "run.json").string() + ": is not as " +
                            std::string(kRunSchema) + " has it: /parts/bench: ";
  try {
    return begun(std::move(folder), part);
  } catch (const Json::exception& error) {
    throw EnvironmentError(place + reason_of(error));
  } catch (const std::invalid_argument& error) {
    throw EnvironmentError(place + error.what());
  }
}

void store(BenchRun& run) {
  run.folder.write_part(kBenchPart, part_of(run));
}

}  // namespace loopmark::harness
