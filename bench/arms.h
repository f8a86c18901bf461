// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "bench/workload_row.h"
#include "reactors/registry.h"

namespace loopmark::bench {

/// What stands before a backend's name where its library's own loop is meant.
inline constexpr std::string_view kLibraryArm = "api:";

/// The arm of `row` with that name: one of its bare loops, a backend of `registry`, or "api:" and a
/// backend for the own loop of its library. Throws NoSuchReactor, and std::invalid_argument where
/// there is no such loop.
Arm find_arm(const WorkloadRow& row, const Registry& registry, std::string_view name);

/// The row of that name. Throws std::invalid_argument with the nearest name.
const WorkloadRow& find_workload(std::string_view name);

}  // namespace loopmark::bench
