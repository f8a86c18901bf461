// SPDX-License-Identifier: MIT
//
// What tables and graphs rely on in a record of loopmark.rounds. Both throw std::invalid_argument or Json::exception.
#pragma once

#include "harness/json.h"

namespace loopmark::harness {

/// Refuses a slot whose events or times are negative, or beyond thirty years.
void check_slot(const Json& slot);

/// Refuses exact counts that are not as counts_of() makes them: see counted_run.h.
void check_counts(const Json& counts);

}  // namespace loopmark::harness
