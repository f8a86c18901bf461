// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "harness/laws.h"

namespace loopmark::harness {

/// The laws that hold between arms, or of what a workload records; those of growth are in
/// growth_laws.h.
void add_comparison_laws(const std::vector<ScenarioResult>& results,
                         std::vector<LawFinding>& findings);

}  // namespace loopmark::harness
