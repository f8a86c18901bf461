// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "harness/bench_results.h"
#include "harness/run_folder.h"

namespace loopmark::harness {

/// The benchmarks of the run in `folder` in Markdown, with a heading that says where they are from.
std::string bench_markdown(const std::vector<ScenarioResult>& results, const RunFolder& folder);

/// Prints the benchmarks of the run in `folder` on standard output, as "text", "md", "json", "csv"
/// or "gbench" (Google Benchmark's JSON).
void print_results(const std::vector<ScenarioResult>& results, const RunFolder& folder,
                   const std::string& format);

}  // namespace loopmark::harness
