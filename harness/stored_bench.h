// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/bench_results.h"
#include "harness/run_folder.h"

namespace loopmark::harness {

/// A stored run of bench.
struct StoredBench {
  RunFolder folder;
  std::vector<ScenarioResult> results = {};  // of the scenarios that were begun
  bool complete = false;
  bool torn = false;  // the journal ended in the middle of a line, which is left out
};

/// What a journal of rounds holds.
struct StoredRounds {
  std::vector<ScenarioResult> results;
  std::size_t records = 0;
  bool torn = false;
};

/// Reads one. Throws EnvironmentError with file and line.
StoredRounds read_rounds(const std::filesystem::path& journal);

/// Reads the benchmarks of the run `name` (see RunFolder::open). Throws EnvironmentError with file
/// and line when they cannot be read, or say that they are complete and are not.
StoredBench read_bench(const std::string& name);

}  // namespace loopmark::harness
