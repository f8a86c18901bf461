// SPDX-License-Identifier: MIT
#include "harness/exact_pass.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>

#include "harness/arm_process.h"
#include "harness/counted_run.h"
#include "harness/terminal.h"
#include "harness/worker_pool.h"
#include "reactors/base/check.h"

namespace loopmark::harness {
namespace fs = std::filesystem;
namespace {

// Of one process. Most take a second; one that hangs shall not hold up the others for long.
constexpr Duration kCountingLimit = std::chrono::seconds(60);

/// For what a counter writes; goes with all that is in it.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = fs::temp_directory_path() / "loopmark-counts-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw_errno(name.c_str());
    path_ = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// One arm while it is counted.
struct ArmCount {
  ScenarioResult* scenario;
  const ArmPlan* arm;
  std::vector<std::vector<CountedRun>> runs;  // by counter
  std::string refused = {};                   // by the worker itself, whoever counts it
  std::size_t left = 0;                       // runs
};

/// One process that counts.
struct Run {
  ArmCount* of;
  std::size_t counter;
  std::unique_ptr<ScratchFolder> folder = {};  // while it runs
};

class Pass {
 public:
  Pass(const ExactPass& pass, std::vector<ScenarioResult>& results) : pass_(pass) {
    for (ScenarioResult& result : results) {
      for (const ArmResult& arm : result.arms()) {
        if (arm.plan.is_control() || !arm.lost.empty() || !arm.plan.struck.empty() ||
            !arm.exact.is_null())
          continue;
        arms_.push_back({.scenario = &result,
                         .arm = &arm.plan,
                         .runs = std::vector<std::vector<CountedRun>>(pass.counters.size())});
      }
    }
    for (ArmCount& arm : arms_) {
      for (std::size_t counter = 0; counter < pass.counters.size(); ++counter) {
        if (!wanted(pass.counters[counter], arm.scenario->plan())) continue;
        for (std::size_t run = 0; run < pass.runs; ++run) runs_.push_back({&arm, counter});
        arm.left += pass.runs;
      }
    }
  }

  bool run(Interruption& interruption) {
    ::unsetenv("LOOPMARK_PADDING");  // the conductor's, whose length is drawn by lot
    for (ArmCount& arm : arms_) {
      if (arm.left == 0) finish(arm);  // no counter is here, or none is wanted
    }
    return run_workers(
        runs_.size(), pass_.jobs, interruption, [this](std::size_t i) { return begin(runs_[i]); },
        [this](std::size_t i, const WorkerOutcome& outcome) { end(runs_[i], outcome); });
  }

 private:
  bool wanted(const Counter& counter, const ScenarioPlan& plan) const {
    if (!counter.missing.empty() || !plan.not_counted.empty()) return false;
    return plan.judged || pass_.thorough || counter.quick;
  }

  /// Of the shorter slot; half as many where there is no verdict, or poll(2) over thousands of
  /// descriptors would take minutes.
  std::uint64_t events_of(const ScenarioPlan& plan) const {
    const std::uint64_t events = plan.slot_events > 0
                                     ? std::min(plan.slot_events, plan.counted_events)
                                     : plan.counted_events;
    return plan.judged || pass_.thorough ? events : std::max<std::uint64_t>(1, events / 2);
  }

  std::optional<WorkerCommand> begin(Run& run) {
    if (!run.of->refused.empty()) {
      record(run, {.failure = run.of->refused});
      return std::nullopt;
    }
    run.folder = std::make_unique<ScratchFolder>();
    const ScenarioPlan& plan = run.of->scenario->plan();
    const std::uint64_t events = events_of(plan);
    std::vector<std::string> arguments =
        pass_.counters[run.counter].prefix(run.folder->path(), is_of_loop_alone(plan.quantity));
    for (std::string& word : workload_arguments(pass_.worker, plan, *run.of->arm))
      arguments.push_back(std::move(word));
    arguments.push_back("--events=" + slot_sizes(events));
    return WorkerCommand{.arguments = std::move(arguments),
                         .time_limit = kCountingLimit,
                         .traced_on_timeout = false,
                         .memory_limit = 0};
  }

  void end(Run& run, const WorkerOutcome& outcome) {
    CountedRun counted = read_run(pass_.counters[run.counter], outcome, run.folder->path());
    run.folder.reset();
    if (run.counter == 0 && counted.refused) run.of->refused = counted.failure;
    record(run, std::move(counted));
  }

  void record(const Run& run, CountedRun counted) {
    run.of->runs[run.counter].push_back(std::move(counted));
    if (--run.of->left == 0) finish(*run.of);
  }

  void finish(const ArmCount& arm) {
    const ScenarioPlan& plan = arm.scenario->plan();
    const Json record =
        exact_record(plan.id(), arm.arm->label,
                     plan.not_counted.empty() ? counts_of(pass_.counters, arm.runs)
                                              : no_counts(pass_.counters, plan.not_counted));
    arm.scenario->add(record);
    pass_.append(record);
    if (pass_.progress) pass_.progress(++finished_, arms_.size());
  }

  const ExactPass& pass_;
  std::vector<ArmCount> arms_;
  std::vector<Run> runs_;
  std::size_t finished_ = 0;
};

}  // namespace

bool count_exactly(const ExactPass& pass, std::vector<ScenarioResult>& results,
                   Interruption& interruption) {
  return Pass(pass, results).run(interruption);
}

bool count_here(const std::string& worker, std::size_t runs, bool thorough,
                std::vector<ScenarioResult>& results, Interruption& interruption,
                const std::function<void(const Json& record)>& append) {
  const bool terminal = can_redraw();
  const TimePoint began = Clock::now();
  std::size_t arms = 0;
  const ExactPass pass{.worker = worker,
                       .counters = exact_counters(),
                       .runs = runs,
                       .jobs = std::min<std::size_t>(2, default_jobs()),
                       .thorough = thorough,
                       .append = append,
                       .progress = [&](std::size_t done, std::size_t of) {
                         arms = done;
                         if (terminal)
                           fmt::print(stderr, "{}counting: {} of {} arms", kClearLine, done, of);
                       }};
  for (const Counter& counter : pass.counters) {
    if (!counter.missing.empty()) fmt::print(stderr, "no {}: {}\n", counter.name, counter.missing);
  }
  const bool complete = count_exactly(pass, results, interruption);
  fmt::print(stderr, "{}counted {} arms in {:.0f} s\n", terminal ? kClearLine : "", arms,
             std::chrono::duration<double>(Clock::now() - began).count());
  return complete;
}

}  // namespace loopmark::harness
