// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "harness/bench_results.h"
#include "harness/graph.h"
#include "harness/origin.h"

namespace loopmark::harness {

/// All graphs that these results can give, with two lines at the foot that say where they are from:
/// - a curve for each parameter that was measured at three values or more, the others being equal
/// (curve.gp);
/// - what single operations took, up to the percentile that ten of them lie above (latency.gp);
/// - how each arm compares with the baseline (ratios.gp);
/// - what an open loop's messages take as the load grows (load.gp);
/// - how late timers are (curve.gp, latency.gp);
/// - what each wrapper costs over its library's own interface (triplets.gp).
std::vector<Graph> graphs_of(const std::vector<ScenarioResult>& results, const Origin& origin);

}  // namespace loopmark::harness
