// SPDX-License-Identifier: MIT
//
// The gate between conformance and speed: a loop that does not keep a clause that a workload depends
// on may be fast because it is wrong. Its number is struck out.
#pragma once

#include <vector>

#include "harness/backend_catalogue.h"
#include "harness/bench_plan.h"
#include "harness/interruption.h"

namespace loopmark::harness {

/// Judges every clause that a workload of `plan` depends on, on every one of `backends` that it is
/// planned for (a few milliseconds each), and marks the arms as struck that fail one, deviate from
/// one, crash or hang. Library arms and bare loops are not judged: they are not reactors. Throws
/// EnvironmentError when a clause has no case, CommandError when interrupted: what was not judged
/// must not count as kept.
void strike_out(std::vector<ScenarioPlan>& plan, const std::vector<const BackendInfo*>& backends,
                Interruption& interruption);

}  // namespace loopmark::harness
