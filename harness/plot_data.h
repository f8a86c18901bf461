// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "harness/bench_results.h"
#include "harness/graph.h"

namespace loopmark::harness {

/// Where, when and with what it was measured: two lines at the foot of each graph.
struct Origin {
  std::string machine;
  std::string command;
};

/// All graphs that these results can give:
/// - a curve for each parameter that was measured at three values or more, the others being equal
/// (curve.gp);
/// - what single operations took, up to the percentile that ten of them lie above (latency.gp);
/// - how each arm compares with the baseline (ratios.gp);
/// - what an open loop's messages take as the load grows (load.gp);
/// - how late timers are (curve.gp, latency.gp);
/// - what each wrapper costs over its library's own interface (triplets.gp).
std::vector<Graph> graphs_of(const std::vector<ScenarioResult>& results, const Origin& origin);

}  // namespace loopmark::harness
