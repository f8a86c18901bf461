// SPDX-License-Identifier: MIT
#include "harness/triplets.h"

#include <fmt/format.h>

#include "harness/launches.h"

namespace loopmark::harness {
namespace {

// Its arms go by the interfaces of libraries and of reactors with neither behind them.
constexpr std::string_view kNoLibrary = "null";

}  // namespace

std::vector<Triplet> triplets_of(const std::vector<ScenarioResult>& results) {
  std::vector<Triplet> triplets;
  for (const ScenarioResult& result : results) {
    const ScenarioPlan& plan = result.plan();
    if (plan.workload == kNoLibrary || plan.quantity == Quantity::kValue) continue;
    for (const ArmResult& wrapper : result.arms()) {
      const ArmResult* const library = result.find("api:" + wrapper.plan.label);
      if (library == nullptr || !result.has_row(wrapper) || !result.has_row(*library)) continue;
      const Ratio price =
          ratio_over_launches(wrapper.compared, library->compared, plan.effort.launch_rounds);
      triplets.push_back({.scenario = &result,
                          .backend = wrapper.plan.label,
                          .wrapper_to_library = price,
                          .library_to_bare = result.row(*library).compared,
                          .wrapper_to_bare = result.row(wrapper).compared,
                          .added = (price.value - 1) * result.row(*library).median});
    }
  }
  return triplets;
}

Cells triplet_cells(const std::vector<ScenarioResult>& results) {
  Cells cells{
      {"SCENARIO", "BACKEND", "wrapper/library [99 %]", "adds", "library/bare", "wrapper/bare"}};
  for (const Triplet& each : triplets_of(results)) {
    cells.push_back({each.scenario->plan().id() + (each.scenario->invalid() ? " INVALID" : ""),
                     each.backend, ratio_text(each.wrapper_to_library),
                     fmt::format("{:+.1f} %, {:+.0f} ns", 100 * (each.wrapper_to_library.value - 1),
                                 each.added),
                     ratio_text(each.library_to_bare), ratio_text(each.wrapper_to_bare)});
  }
  return cells;
}

}  // namespace loopmark::harness
