// SPDX-License-Identifier: MIT
#pragma once

namespace loopmark::bench {

/// Makes each scenario of each workload, on each arm there is, an ordinary Google Benchmark
/// benchmark named WORKLOAD/PARAMETERS/ARM (with '.' for the '/' in an arm's name), timed by the
/// wall clock over its timed region, and runs those that the command line selects.
int run_google_benchmarks(int argc, char** argv);

}  // namespace loopmark::bench
