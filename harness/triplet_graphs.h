// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "harness/graph.h"

namespace loopmark::harness {

/// For each wrapped backend, what its library costs over the bare loop and our wrapper over both, a
/// row a scenario.
void add_triplet_graphs(const std::vector<ScenarioResult>& results, std::vector<Graph>& graphs);

}  // namespace loopmark::harness
