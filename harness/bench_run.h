// SPDX-License-Identifier: MIT
//
// A run of bench as it is stored: planned anew, or taken up again.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "harness/bench_plan.h"
#include "harness/bench_results.h"
#include "harness/interruption.h"
#include "harness/json.h"
#include "harness/run_folder.h"

namespace loopmark::harness {

/// What was asked for on the command line.
struct BenchOptions {
  std::vector<std::string> backends;
  std::vector<std::string> modules;
  ScenarioChoice choice;
  std::size_t rounds = 0;  // 0: as the profile says
  double budget = 0;       // seconds; 0: none
  std::uint64_t seed = std::random_device()();
  unsigned jobs = 1;
  bool deep = false;
  std::optional<bool> exact;  // count, too; empty: in profiles that are neither short nor cut
  bool dry_run = false;       // plan it, and no more
  bool in_folder = true;      // and make a folder for it
  std::optional<std::string> resume;
  std::string out;
  std::string format = "text";
};

/// A run of bench, as it is stored when it begins.
struct BenchRun {
  RunFolder folder;
  std::vector<ScenarioPlan> plan;
  std::uint64_t seed = 0;
  bool quick = false;
  std::string started;
  double seconds = 0;  // that it has taken, but for sessions that were killed
  bool complete = false;
  bool exact = false;                  // it is counted, too
  std::vector<std::string> arguments;  // of the command that began it
  Json backends = Json::array();
  std::vector<ScenarioResult> results = {};  // that there are so far
};

/// Plans what `options` ask for, with the arms struck out that do not keep what a workload depends on,
/// and makes its folder, if it shall have one; of a dry run there is the plan alone. Throws CommandError.
BenchRun new_run(const BenchOptions& options, Interruption& interruption);

/// The run of that name, with what it has measured. Throws CommandError; one that is not complete is refused where it would
/// go on in another build or on another machine.
BenchRun stored_run(const std::string& name);

/// Writes its part of run.json.
void store(BenchRun& run);

}  // namespace loopmark::harness
