// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <random>

#include "harness/command.h"
#include "harness/conductor.h"
#include "harness/executables.h"
#include "harness/interruption.h"
#include "harness/journal.h"
#include "harness/run_folder.h"
#include "harness/stored_bench.h"
#include "harness/trial.h"
#include "reactors/base/check.h"

namespace loopmark::harness {
namespace {

constexpr const char* kTrialPart = "trial";

struct TrialOptions {
  std::size_t windows = 34;  // of six comparisons each: 204
  std::size_t rounds = 4 * kTrialRounds;
  std::string out;
  std::string again;
};

/// Processes that do nothing but keep processors busy, until this is gone.
class BusyLoops {
 public:
  explicit BusyLoops(int count) {
    for (int i = 0; i < count; ++i) {
      const pid_t child = check_call(::fork(), "fork");
      if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (volatile bool on = true; on;) {
        }
      }
      children_.push_back(child);
    }
  }
  BusyLoops(const BusyLoops&) = delete;
  BusyLoops& operator=(const BusyLoops&) = delete;
  ~BusyLoops() {
    for (const pid_t child : children_) {
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
    }
  }

 private:
  std::vector<pid_t> children_;
};

/// The scenarios that are tried, in turn: two without anything but system calls, one with a batch. Points of a curve have
/// neither all rounds nor planted work.
std::vector<ScenarioPlan> scenarios(std::size_t rounds) {
  ScenarioChoice choice;
  choice.selectors = {"ping_pong/loops=1,*bytes=1", "fd_scaling/fds=1000,active=100*"};
  Effort effort = kFullEffort;
  effort.most_rounds = rounds;
  effort.least_rounds = std::min(kTrialRounds, rounds);
  effort.most_seconds = 0;
  std::vector<ScenarioPlan> plans =
      plan_scenarios(lines_of_json({workload_worker(), "--list"}), choice, effort, {});
  std::erase_if(plans, [](const ScenarioPlan& plan) { return !plan.judged; });
  return plans;
}

ExitCode show(const Trial& trial, const RunFolder& folder) {
  folder.write_file("trial.md", trial_page(trial));
  bool met = true;
  for (const TrialFigure& each : figures_of(trial)) {
    fmt::print("{:<3} {}\n    {}: {}\n", each.id, each.demand, each.met ? "met" : "NOT MET",
               each.found);
    met = met && each.met;
  }
  fmt::print("page: {}\n", (folder / "trial.md").string());
  return met ? ExitCode::kOk : ExitCode::kFailed;
}

ExitCode read_again(const std::string& name) {
  const RunFolder folder = RunFolder::open(name);
  const std::vector<std::string> loaded = folder.part(kTrialPart).at("loaded");
  return show(analyse(read_rounds(folder / "trial.ndjson").results, loaded), folder);
}

ExitCode trial(const TrialOptions& options) {
  if (!options.again.empty()) return read_again(options.again);
  const std::string worker = workload_worker();
  const std::vector<ScenarioPlan> plans = scenarios(options.rounds);
  RunFolder folder = RunFolder::create(options.out, kTrialPart);
  Journal journal(folder / "trial.ndjson", kRoundsSchema);
  Interruption interruption;
  const std::uint64_t seed = std::random_device()();
  Conductor conductor(
      {.launch =
           [&](const ScenarioPlan& plan, const ArmPlan& arm, const std::vector<int>& cpus) {
             ScenarioPlan named = plan;  // the worker knows nothing of windows
             named.workload.resize(named.workload.find('#'));
             return std::make_unique<ArmProcess>(worker, named, arm, cpus);
           },
       .append = [&](const Json& record) { journal.append(record); },
       .interrupted = [&] { return interruption.requested(); },
       .progress = [](const ScenarioResult&) {},
       .seed = seed});
  std::vector<ScenarioResult> windows;
  std::vector<std::string> loaded;
  const std::string started = utc_now();
  for (std::size_t i = 0; i < options.windows && !interruption.requested(); ++i) {
    const bool busy = (i + i / plans.size()) % 3 == 2;  // each of three scenarios in its turn
    const BusyLoops loops(busy ? 2 : 0);
    windows.push_back(
        conductor.conduct(trial_plan(plans[i % plans.size()], i + 1), nullptr, TimePoint::max()));
    if (busy) loaded.push_back(windows.back().plan().id());
    fmt::print(stderr, "window {} of {}{}\n", i + 1, options.windows,
               busy ? ", beside two busy loops" : "");
  }
  folder.write_part(kTrialPart, {{"complete", !interruption.requested()},
                                 {"started", started},
                                 {"arguments", command_line()},
                                 {"seed", seed},
                                 {"loaded", loaded}});
  return interruption.requested() ? ExitCode::kInterrupted : show(analyse(windows, loaded), folder);
}

}  // namespace

CommandBody define_trial(CLI::App& app) {
  const auto options = std::make_shared<TrialOptions>();
  app.add_option("--windows", options->windows,
                 "Windows of six comparisons each (34); every third beside two busy loops")
      ->check(CLI::PositiveNumber);
  app.add_option("--rounds", options->rounds,
                 "Rounds a window at most (1600); 400 where intervals are narrow by then")
      ->check(CLI::PositiveNumber);
  app.add_option("--out", options->out, "Folder for the results")->type_name("DIR");
  app.add_option("--again", options->again,
                 "Judge the rounds of a stored trial again, measuring nothing");
  return [options] { return trial(*options); };
}

}  // namespace loopmark::harness
