// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "harness/laws.h"

namespace loopmark::harness {

/// What the exact pass must show: that a descriptor's registration takes each library the same number
/// of calls, and that an arm waits by the mechanism that it declares, as far as is known.
void add_counted_laws(const std::vector<ScenarioResult>& results,
                      std::vector<LawFinding>& findings);

}  // namespace loopmark::harness
