// SPDX-License-Identifier: MIT
#include "harness/percentile_table.h"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

#include "harness/bench_table.h"
#include "harness/text_table.h"

namespace loopmark::harness {
namespace {

// Behind a ratio.
constexpr const char* kOfLaunches = " *";

/// What arms are compared in: names as percentile_ratio() takes them, and as the table has them.
std::vector<std::pair<std::string, std::string>> compared_times(const ScenarioResult& result) {
  std::vector<std::pair<std::string, std::string>> times;
  const ScenarioPlan& plan = result.plan();
  // Where histograms are the result, the operations are one of them.
  const auto& histograms = result.baseline().histograms;
  if (plan.quantity != Quantity::kValue && !plan.operation.empty() &&
      !histograms.contains(plan.operation))
    times.emplace_back("", plan.operation);
  for (const auto& [name, _] : histograms) times.emplace_back(name, name);
  return times;
}

Cells slot_cells(const ScenarioResult& result) {
  Cells cells{{"SLOT BY SLOT", "BACKEND"}};
  for (const double q : kPercentiles)
    cells[0].push_back(fmt::format("p{:g} vs {} [99 %]", 100 * q, result.baseline().plan.label));
  for (const auto& [name, title] : compared_times(result)) {
    for (const ArmResult& arm : result.arms()) {
      if (!result.has_row(arm) || &arm == &result.baseline()) continue;
      std::vector<std::string> line{title, arm.plan.label};
      bool has_some = false;
      for (std::size_t i = 0; i < kPercentiles.size(); ++i) {
        const std::optional<PercentileRatio> found = result.percentile_ratio(arm, name, i);
        line.push_back(found ? ratio_text(found->ratio) + (found->of_launches ? kOfLaunches : "")
                             : "-");
        has_some = has_some || found;
      }
      if (has_some) cells.push_back(std::move(line));
    }
  }
  return cells;
}

}  // namespace

std::string percentile_table(const ScenarioResult& result, bool markdown) {
  const Cells cells = slot_cells(result);
  if (cells.size() == 1) return "";
  const char* const gap = markdown ? "\n" : "";
  const std::string table = text_table(cells, markdown);
  const bool has_launches = table.find(kOfLaunches) != std::string::npos;
  return gap + table + gap +
         (has_launches ? "* launch by launch: a slot holds too few for this percentile\n" : "");
}

}  // namespace loopmark::harness
