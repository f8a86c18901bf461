// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "harness/bench_results.h"
#include "harness/json.h"

namespace loopmark::harness {

/// `results` in the form that Google Benchmark 1.7 writes with --benchmark_format=json, for the
/// tools that read it: its compare.py, github-action-benchmark. `record` is the run.json that they
/// belong to, `started` the time of the run.
///
/// Each arm of each scenario is a benchmark WORKLOAD/PARAMETERS/ARM/manual_time, the name under which
/// loopmark-workloads itself runs it; each round is a repetition, and the median over the rounds an
/// aggregate. An arm without figures is an entry with an error; twin and planted arm, which test the
/// comparison, are left out. The reader loses the pairing of
/// rounds, and with it what makes small differences visible: `loopmark compare` has it.
Json google_benchmark_json(const std::vector<ScenarioResult>& results, const Json& record,
                           const std::string& started);

}  // namespace loopmark::harness
