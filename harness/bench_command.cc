// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <tuple>

#include "harness/bench_export.h"
#include "harness/bench_output.h"
#include "harness/bench_plan.h"
#include "harness/bench_run.h"
#include "harness/bench_summary.h"
#include "harness/command.h"
#include "harness/conductor.h"
#include "harness/counts_summary.h"
#include "harness/exact_pass.h"
#include "harness/executables.h"
#include "harness/interruption.h"
#include "harness/journal.h"
#include "harness/machine_load.h"
#include "harness/origin.h"
#include "harness/run_folder.h"
#include "harness/selectors.h"
#include "harness/terminal.h"

namespace loopmark::harness {
namespace {

ExitCode print_plan(const BenchRun& run) {
  for (const ScenarioPlan& scenario : run.plan) {
    fmt::print("{}: {} arms, {} rounds{}\n", scenario.id(), scenario.arms.size(), scenario.rounds(),
               scenario.judged                 ? ""
               : scenario.why_unjudged.empty() ? ", no verdict"
                                               : ", no verdict: " + scenario.why_unjudged);
  }
  return ExitCode::kOk;
}

/// Lines on standard error; on a terminal the present one is redrawn.
class RoundProgress {
 public:
  explicit RoundProgress(std::size_t scenarios) : scenarios_(scenarios) {}

  void begin() { ++number_; }

  void round(const ScenarioResult& result) {
    if (!terminal_) return;
    fmt::print(stderr, "{}[{}/{}] {}: round {} of at most {}", kClearLine, number_, scenarios_,
               result.plan().id(), result.rounds(), result.plan().rounds());
  }

  void end(const ScenarioResult& result) {
    fmt::print(stderr, "{}[{}/{}] {}: {} rounds{}\n", terminal_ ? kClearLine : "", number_,
               scenarios_, result.plan().id(), result.rounds(),
               result.invalid() ? ", INVALID: " + result.why_invalid() : "");
  }

 private:
  std::size_t scenarios_;
  std::size_t number_ = 0;
  bool terminal_ = can_redraw();
};

/// What an earlier point of the same curve over the load has measured of the machine: each load would
/// else be a part of another whole. 0: it is the first, or has no load.
double pace_of_curve(const ScenarioPlan& plan, const std::vector<ScenarioResult>& results) {
  const auto curve_of = [](const ScenarioPlan& point) {
    ParameterValues values = parameters_of(point.parameters);
    const bool has_load = values.erase("load") > 0;
    return std::tuple(point.workload, has_load, values);
  };
  const auto same = std::find_if(results.begin(), results.end(), [&](const ScenarioResult& each) {
    return each.plan().pace > 0 && curve_of(each.plan()) == curve_of(plan);
  });
  return same == results.end() ? 0 : same->plan().pace;
}

/// Conducts every scenario that is not finished.
std::vector<ScenarioResult> conduct_all(const BenchRun& run, Journal& journal,
                                        Interruption& interruption, double budget) {
  const std::string worker = workload_worker();
  RoundProgress progress(run.plan.size());
  Conductor conductor(
      {.launch =
           [&](const ScenarioPlan& plan, const ArmPlan& arm, const std::vector<int>& cpus) {
             return std::make_unique<ArmProcess>(worker, plan, arm, cpus);
           },
       .append = [&](const Json& record) { journal.append(record); },
       .interrupted = [&] { return interruption.requested(); },
       .progress = [&](const ScenarioResult& result) { progress.round(result); },
       .seed = run.seed});
  const auto conduct = [&](const ScenarioPlan& plan, const ScenarioResult* begun,
                           TimePoint deadline) {
    const MachineLoad before = MachineLoad::now();
    ScenarioResult result = conductor.conduct(plan, begun, deadline);
    if (begun != nullptr && begun->rounds() == result.rounds()) return result;
    const Json record = load_record(plan.id(), MachineLoad::now().since(before));
    result.add(record);
    journal.append(record);
    return result;
  };
  std::vector<ScenarioResult> results = run.results;
  const TimePoint end =
      Clock::now() + std::chrono::duration_cast<Duration>(std::chrono::duration<double>(budget));
  std::span<const ScenarioPlan> rest = run.plan;
  for (; !rest.empty(); rest = rest.subspan(1)) {
    ScenarioPlan plan = rest.front();
    const TimePoint now = Clock::now();
    const TimePoint deadline =
        budget > 0 ? now + share_of_first(rest, end - now) : TimePoint::max();
    ScenarioResult* const begun = find_scenario(results, plan.id());
    if (interruption.requested()) break;
    if (begun == nullptr) plan.pace = pace_of_curve(plan, results);
    progress.begin();
    ScenarioResult result = conduct(plan, begun, deadline);
    progress.end(result);
    // Else a few rounds would replace all these.
    const bool has_time = deadline - Clock::now() >= estimate(plan);
    if (result.invalid() && result.plan().attempt == 1 && has_time && !interruption.requested()) {
      ScenarioPlan again = plan;
      again.attempt = 2;
      result = conduct(again, nullptr, deadline);
      progress.end(result);
    }
    if (begun == nullptr) {
      results.push_back(std::move(result));
    } else {
      *begun = std::move(result);
    }
  }
  return results;
}

/// A fault of an arm fails the run, and so do too many invalid scenarios, but in the quick profile,
/// whose few rounds cannot see through a busy machine; a refusal, such as a limit, does not.
ExitCode exit_code(const BenchSummary& summary, bool complete, bool quick) {
  if (!complete) return ExitCode::kInterrupted;
  if (summary.scenarios == 0) return ExitCode::kNothingRan;
  const bool failed = summary.lost > 0 || (summary.is_invalid() && !quick);
  return failed ? ExitCode::kFailed : ExitCode::kOk;
}

/// Measures what is missing, and counts.
void measure(BenchRun& run, const BenchOptions& options, Interruption& interruption) {
  const TimePoint began = Clock::now();
  store(run);
  Journal journal(run.folder / kRoundsFile, kRoundsSchema);
  run.results = conduct_all(run, journal, interruption, options.budget);
  if (run.exact && !interruption.requested()) {
    count_here(workload_worker(), 1, false, run.results, interruption,
               [&](const Json& record) { journal.append(record); });
  }
  run.complete = !interruption.requested();
  run.seconds += std::chrono::duration<double>(Clock::now() - began).count();
}

ExitCode bench(const BenchOptions& options) {
  if (options.jobs != 1) {
    throw UsageError("-j " + std::to_string(options.jobs) +
                     ": benchmarks run one at a time, or they would measure each other");
  }
  Interruption interruption;
  BenchRun run = options.resume ? stored_run(*options.resume) : new_run(options, interruption);
  fmt::print(stderr, "plan: {} scenarios, about {:.0f} s{}, seed {}\n", run.plan.size(),
             std::chrono::duration<double>(estimate(run.plan)).count(),
             options.budget > 0 ? fmt::format(" (cut to {:.0f} s)", options.budget) : "", run.seed);
  if (options.dry_run) return print_plan(run);
  if (run.complete && options.exact == true && !run.exact)
    throw UsageError(
        "--exact: that run is complete; \"loopmark exact\" counts, and stores nothing");
  if (!run.complete) {  // else its tables are made anew
    run.exact = options.exact.value_or(run.exact);
    measure(run, options, interruption);
  }
  store(run);
  const std::vector<ScenarioResult>& results = run.results;
  run.folder.write_file("bench.json", to_pretty(bench_json(results, origin_of(run.folder))) + "\n");
  run.folder.write_file("bench.md", bench_markdown(results, run.folder));
  print_results(results, run.folder, options.format);
  std::fflush(stdout);
  if (const CountsSummary counts = summary_of_counts(results); counts.counts > 0)
    fmt::print(stderr, "\n{}", to_text(counts));
  const BenchSummary summary = summarise(results);
  fmt::print(stderr, "\n{}{}{} {}; graphs: loopmark plot {}\n", invalid_text(summary),
             too_short_text(summary),
             run.complete ? "saved" : "interrupted; what is finished is in",
             run.folder.path().string(), run.folder.path().string());
  return exit_code(summary, run.complete, run.quick);
}

}  // namespace

CommandBody define_bench(CLI::App& app) {
  const auto options = std::make_shared<BenchOptions>();
  add_list(app, "-b,--backend", options->backends,
           "Backends: names, patterns, groups, module paths; '!' takes away");
  add_list(app, "-k,--select", options->choice.selectors,
           "Workloads or scenarios: ping_pong, 'fd_scaling/fds=1000*'");
  add_list(app, "--param", options->choice.parameters,
           "NAME=VALUE,... instead of the listed scenarios");
  add_list(app, "--module", options->modules, "A further backend module");
  app.add_flag("--quick", options->choice.quick,
               "The short profile: fewer scenarios, arms and rounds, margin 2 %");
  app.add_flag("--deep", options->deep, "The long profile: up to 3200 rounds, intervals of 0.5 %");
  app.add_flag("!--no-api", options->choice.library_arms,
               "Leave out the arms over libraries' own interfaces");
  // By hand: add_flag() would set an optional to false when it is not given.
  app.add_flag_callback(
      "--exact", [options] { options->exact = true; },
      "Count system calls, instructions and allocations, too; the standard but for --quick "
      "and --budget");
  app.add_flag_callback(
      "--no-exact", [options] { options->exact = false; }, "Do not");
  app.add_option("--rounds", options->rounds, "At most so many rounds a scenario")
      ->check(positive_number());
  app.add_option("--budget", options->budget, "Time for everything (150s, 5m)")
      ->transform(time_limit());
  app.add_option("--seed", options->seed, "Of the order and size of slots");
  app.add_option("-j,--jobs", options->jobs, "1: benchmarks never run side by side");
  app.add_flag("--dry-run", options->dry_run, "Print what would be run, and how long it takes");
  app.get_option("--deep")->excludes(app.get_option("--quick"));
  CLI::Option* const resume =
      app.add_option("--resume", options->resume,
                     "Go on with a stored run, as it was planned; of one that is complete, make "
                     "the tables anew")
          ->expected(0, 1)
          ->default_str("latest");
  app.add_option("--out", options->out, "Folder for the results");
  for (const char* const planned : {"--backend", "--select", "--param", "--module", "--quick",
                                    "--deep", "--no-api", "--rounds", "--seed", "--out"})
    resume->excludes(app.get_option(planned));
  app.add_option("--format", options->format, "text, json, md, csv or gbench (Google Benchmark's)")
      ->check(one_of({"text", "json", "md", "csv", "gbench"}));
  return [options] { return bench(*options); };
}

}  // namespace loopmark::harness
