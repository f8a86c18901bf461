// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/bench_results.h"

namespace loopmark::harness {

using Cells = std::vector<std::vector<std::string>>;  // of a table; the first row is the head

/// "1.048 [1.041 1.055]".
std::string ratio_text(const Ratio& ratio);

/// "3.41 us": three digits and the unit that fits.
std::string duration_text(double ns);

/// What is invalid; then of each workload what it shows and does not, a table for each scenario with
/// verdicts, and one for its curves, as "text" or "md" (Markdown).
std::string bench_tables(const std::vector<ScenarioResult>& results, std::string_view format);

/// The arms of the first of `points` by all of them, with what `cell` says of an arm there; "-" where a point does not have it.
Cells cells_by_point(
    const std::string& head, const std::vector<const ScenarioResult*>& points,
    const std::function<std::string(const ScenarioResult& point, const ArmResult& arm)>& cell);

/// What stands instead of the figures of an arm that has none, and of its verdict where it has.
std::string lost_text(const ArmResult& arm);
std::string verdict_text(const ScenarioResult& result, const Row& row);

}  // namespace loopmark::harness
