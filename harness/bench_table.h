// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/bench_results.h"
#include "harness/json.h"

namespace loopmark::harness {

/// "3.41 us": three digits and the unit that fits.
std::string duration_text(double ns);

/// A table for each scenario with verdicts, then one for the curves of each workload, as "text" or
/// "md" (Markdown).
std::string bench_tables(const std::vector<ScenarioResult>& results, std::string_view format);

/// A line for each scenario and arm, with a header line.
std::string bench_csv(const std::vector<ScenarioResult>& results);

/// The same as an array of objects, with percentiles.
Json bench_json(const std::vector<ScenarioResult>& results);

}  // namespace loopmark::harness
