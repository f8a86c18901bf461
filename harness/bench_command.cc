// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>

#include "harness/bench_output.h"
#include "harness/bench_table.h"
#include "harness/command.h"
#include "harness/conductor.h"
#include "harness/interruption.h"
#include "harness/journal.h"
#include "harness/programs.h"
#include "harness/run_folder.h"
#include "harness/selectors.h"

namespace loopmark::harness {
namespace {

constexpr const char* kPart = "bench";

struct Options {
  std::vector<std::string> backends;
  std::vector<std::string> modules;
  ScenarioChoice choice;
  std::size_t rounds = 0;  // 0: as the profile says
  double budget = 0;       // seconds; 0: none
  std::uint64_t seed = std::random_device()();
  unsigned jobs = 1;
  bool dry_run = false;
  std::optional<std::string> resume;
  std::string out;
  std::string format = "text";
};

/// A run of bench, as it is stored when it begins.
struct BenchRun {
  RunFolder folder;
  std::vector<ScenarioPlan> plan;
  std::uint64_t seed = 0;
  std::string started;
  Json backends = Json::array();
  std::vector<Json> records = {};  // of an earlier try
};

Effort effort_of(const Options& options) {
  Effort effort = options.choice.quick ? kQuickEffort : kFullEffort;
  if (options.rounds == 0) return effort;
  effort.least_rounds = std::min(effort.least_rounds, options.rounds);
  effort.most_rounds = effort.curve_rounds = options.rounds;
  return effort;
}

BenchRun new_run(const Options& options) {
  std::vector<std::string> modules = modules_in(split_selectors(options.backends));
  for (const std::string& module : options.modules)
    modules.push_back(std::filesystem::absolute(module));
  const BackendCatalogue catalogue = probe_all(case_worker(), modules);
  const auto backends = select_backends(catalogue, split_selectors(options.backends));
  BenchRun run{.folder = RunFolder::nowhere(),
               .plan = plan_scenarios(lines_of_json({workload_worker(), "--list"}), options.choice,
                                      effort_of(options), backends),
               .seed = options.seed,
               .started = utc_now()};
  for (const BackendInfo* backend : backends) run.backends.push_back(to_json(*backend));
  if (!options.dry_run) run.folder = RunFolder::create(options.out, kPart);
  return run;
}

BenchRun stored_run(const std::string& name) {
  RunFolder folder = RunFolder::open(name);
  const Json part = folder.part(kPart);
  BenchRun run{.folder = std::move(folder),
               .plan = {},
               .seed = part.at("seed"),
               .started = part.at("started"),
               .backends = part.at("backends")};
  for (const Json& record : part.at("plan")) run.plan.push_back(ScenarioResult(record).plan());
  const auto journal = run.folder / kRoundsFile;
  if (std::filesystem::exists(journal)) run.records = read_journal(journal, kRoundsSchema).records;
  return run;
}

/// The part of run.json.
Json part_of(const BenchRun& run, bool complete, double seconds) {
  Json plan = Json::array();
  for (const ScenarioPlan& scenario : run.plan) {
    std::vector<ArmResult> arms(scenario.arms.size());
    for (std::size_t i = 0; i < arms.size(); ++i) arms[i].plan = scenario.arms[i];
    plan.push_back(scenario_record(scenario, arms));
  }
  return {{"complete", complete},
          {"started", run.started},
          {"duration_seconds", seconds},
          {"arguments", command_line()},
          {"seed", run.seed},
          {"backends", run.backends},
          {"plan", plan}};
}

Duration estimate(const std::vector<ScenarioPlan>& plan) {
  Duration all{};
  for (const ScenarioPlan& scenario : plan) all += estimate(scenario);
  return all;
}

ExitCode print_plan(const BenchRun& run) {
  for (const ScenarioPlan& scenario : run.plan) {
    fmt::print("{}: {} arms, {} rounds{}\n", scenario.id(), scenario.arms.size(), scenario.rounds(),
               scenario.judged ? "" : ", no verdict");
  }
  return ExitCode::kOk;
}

/// Lines on standard error; on a terminal the present one is redrawn.
class Progress {
 public:
  explicit Progress(std::size_t scenarios)
      : scenarios_(scenarios), terminal_(::isatty(STDERR_FILENO) == 1) {}

  void begin() { ++number_; }

  void round(const ScenarioResult& result) {
    if (!terminal_) return;
    fmt::print(stderr, "\r\x1b[K[{}/{}] {}: round {} of at most {}", number_, scenarios_,
               result.plan().id(), result.rounds(), result.plan().rounds());
  }

  void end(const ScenarioResult& result) {
    const char* const clear = terminal_ ? "\r\x1b[K" : "";
    fmt::print(stderr, "{}[{}/{}] {}: {} rounds{}\n", clear, number_, scenarios_,
               result.plan().id(), result.rounds(),
               result.invalid() ? ", INVALID: the twin differs" : "");
  }

 private:
  std::size_t scenarios_;
  std::size_t number_ = 0;
  bool terminal_;
};

/// Conducts every scenario that is not finished. The time is shared out by what each is estimated
/// to need.
std::vector<ScenarioResult> conduct_all(const BenchRun& run, Journal& journal,
                                        Interruption& interruption, double budget) {
  const std::string worker = workload_worker();
  Progress progress(run.plan.size());
  Conductor conductor(
      {.launch =
           [&](const ScenarioPlan& plan, const ArmPlan& arm, const std::vector<int>& cpus) {
             return std::make_unique<ArmProcess>(worker, plan, arm, cpus);
           },
       .append = [&](const Json& record) { journal.append(record); },
       .interrupted = [&] { return interruption.requested(); },
       .progress = [&](const ScenarioResult& result) { progress.round(result); },
       .seed = run.seed});
  std::vector<ScenarioResult> results = read_results(run.records);
  const double whole = std::chrono::duration<double>(estimate(run.plan)).count();
  const TimePoint began = Clock::now();
  double planned = 0;
  for (const ScenarioPlan& plan : run.plan) {
    planned += std::chrono::duration<double>(estimate(plan)).count();
    const TimePoint deadline =
        budget > 0 ? began + std::chrono::duration_cast<Duration>(
                                 std::chrono::duration<double>(budget * planned / whole))
                   : TimePoint::max();
    const auto begun =
        std::find_if(results.begin(), results.end(),
                     [&](const ScenarioResult& each) { return each.plan().id() == plan.id(); });
    if (interruption.requested()) break;
    progress.begin();
    if (begun == results.end()) {
      results.push_back(conductor.conduct(plan, nullptr, deadline));
      progress.end(results.back());
    } else {
      *begun = conductor.conduct(plan, &*begun, deadline);
      progress.end(*begun);
    }
  }
  return results;
}

/// A fault of an arm fails the run; a refusal, such as a limit, does not.
ExitCode exit_code(const std::vector<ScenarioResult>& results, bool complete) {
  bool ran = false;
  bool failed = false;
  for (const ScenarioResult& result : results) {
    ran = ran || result.rounds() > 0;
    for (const ArmResult& arm : result.arms())
      failed = failed || (!arm.lost.empty() && !arm.refused);
  }
  if (!complete) return ExitCode::kInterrupted;
  if (!ran) return ExitCode::kNothingRan;
  return failed ? ExitCode::kFailed : ExitCode::kOk;
}

ExitCode bench(const Options& options) {
  if (options.jobs != 1) {
    throw UsageError("-j " + std::to_string(options.jobs) +
                     ": benchmarks run one at a time, or they would measure each other");
  }
  BenchRun run = options.resume ? stored_run(*options.resume) : new_run(options);
  fmt::print(stderr, "plan: {} scenarios, about {:.0f} s{}, seed {}\n", run.plan.size(),
             std::chrono::duration<double>(estimate(run.plan)).count(),
             options.budget > 0 ? fmt::format(" (cut to {:.0f} s)", options.budget) : "", run.seed);
  if (options.dry_run) return print_plan(run);

  const TimePoint began = Clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(Clock::now() - began).count(); };
  run.folder.write_part(kPart, part_of(run, false, 0));
  Interruption interruption;
  Journal journal(run.folder / kRoundsFile, kRoundsSchema);
  const std::vector<ScenarioResult> results =
      conduct_all(run, journal, interruption, options.budget);
  const bool complete = !interruption.requested();
  run.folder.write_part(kPart, part_of(run, complete, seconds()));
  run.folder.write_file("bench.json", bench_json(results).dump(2) + "\n");
  run.folder.write_file("bench.md", bench_tables(results, "md"));
  print_results(results, run.folder, options.format);
  fmt::print(stderr, "\n{} {}; graphs: loopmark plot {}\n",
             complete ? "saved" : "interrupted; what is finished is in", run.folder.path().string(),
             run.folder.path().string());
  return exit_code(results, complete);
}

}  // namespace

CommandBody define_bench(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  const auto listed = [&app](const char* names, std::vector<std::string>& into,
                             const char* meaning) {
    app.add_option(names, into, meaning)->allow_extra_args(false);
  };
  listed("-b,--backend", options->backends,
         "Backends: names, patterns, groups, module paths; '!' takes away");
  listed("-k,--select", options->choice.selectors,
         "Workloads or scenarios: ping_pong, 'fd_scaling/fds=1000*'");
  listed("--param", options->choice.parameters, "NAME=VALUE,... instead of the listed scenarios");
  listed("--module", options->modules, "A further backend module");
  app.add_flag("--quick", options->choice.quick,
               "The short profile: fewer scenarios and rounds, margin 2 %");
  app.add_option("--rounds", options->rounds, "At most so many rounds a scenario")
      ->check(CLI::PositiveNumber);
  app.add_option("--budget", options->budget, "Time for everything (150s, 5m)")
      ->transform(
          CLI::AsNumberWithUnit(std::map<std::string, double>{{"s", 1}, {"m", 60}, {"h", 3600}}));
  app.add_option("--seed", options->seed, "Of the order and size of slots");
  app.add_option("-j,--jobs", options->jobs, "1: benchmarks never run side by side");
  app.add_flag("--dry-run", options->dry_run, "Print what would be run, and how long it takes");
  app.add_option("--resume", options->resume, "Go on with a stored run")
      ->expected(0, 1)
      ->default_str("latest");
  app.add_option("--out", options->out, "Folder for the results");
  app.add_option("--format", options->format, "text, json, md, csv or gbench (Google Benchmark's)")
      ->check(one_of({"text", "json", "md", "csv", "gbench"}));
  return [options] { return bench(*options); };
}

}  // namespace loopmark::harness
