// SPDX-License-Identifier: MIT
#pragma once

#include "harness/json.h"

namespace loopmark::harness {

/// Throws std::invalid_argument unless `record` has what every command expects of a run.json, and of the right kind: id,
/// tool, machine, and of the parts conform and bench what both have. What only one command reads is its own affair.
void check_run_record(const Json& record);

}  // namespace loopmark::harness
