// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "harness/graph.h"

namespace loopmark::harness {

/// Graphs of the histograms that workloads name: how an open loop's messages wait as the load grows,
/// and how late timers come.
void add_value_graphs(const std::vector<ScenarioResult>& results, std::vector<Graph>& graphs);

}  // namespace loopmark::harness
