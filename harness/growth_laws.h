// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "harness/laws.h"

namespace loopmark::harness {

/// The laws of how the cost of an event changes along a curve: with the number of descriptors that
/// are watched, of those that are active, and of timers.
void add_growth_laws(const std::vector<ScenarioResult>& results, std::vector<LawFinding>& findings);

}  // namespace loopmark::harness
