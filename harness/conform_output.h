// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "harness/exit_code.h"
#include "harness/score.h"
#include "harness/stored_run.h"

namespace loopmark::harness {

struct OutputStyle {
  std::string format = "text";  // or "json", "md", "junit"
  std::string color = "auto";
  bool quiet = false;    // no matrix
  bool verbose = false;  // a row a clause
};

/// Prints a run, finished or stored, on standard output. `table` is the run's.
void print_run(const StoredRun& run, const std::vector<CellResult>& table,
               const OutputStyle& style);

/// What a finished or interrupted run says to the program's caller.
ExitCode exit_code(const StoredRun& run, const std::vector<CellResult>& table);

}  // namespace loopmark::harness
