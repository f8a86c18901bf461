// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "harness/bench_results.h"
#include "harness/json.h"
#include "harness/origin.h"

namespace loopmark::harness {

/// A line for each scenario and arm, with a header line.
std::string bench_csv(const std::vector<ScenarioResult>& results, const Origin& origin);

/// The same as an array of objects, with percentiles and all that was recorded.
Json bench_json(const std::vector<ScenarioResult>& results, const Origin& origin);

/// {"ratio", "low", "high"}, in each command's JSON.
Json interval_json(const Ratio& ratio);

}  // namespace loopmark::harness
