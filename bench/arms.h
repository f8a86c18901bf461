// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string_view>

#include "bench/workload.h"
#include "reactors/registry.h"

namespace loopmark::bench {

/// The arm of `row` with that name: one of its bare loops, or a backend of `registry`. Throws
/// NoSuchReactor.
Arm find_arm(const WorkloadRow& row, const Registry& registry, std::string_view name);

/// The row of that name. Throws std::invalid_argument with the nearest name.
const WorkloadRow& find_workload(std::string_view name);

}  // namespace loopmark::bench
