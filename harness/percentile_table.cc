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

/// What arms are compared in: names as percentile_ratio() takes them, and as the table has them.
std::vector<std::pair<std::string, std::string>> compared_times(const ScenarioResult& result) {
  std::vector<std::pair<std::string, std::string>> times;
  const ScenarioPlan& plan = result.plan();
  // Where histograms are the result, the operations are one of them.
  if (plan.quantity != Quantity::kValue && !plan.operation.empty())
    times.emplace_back("", plan.operation);
  for (const auto& [name, _] : result.baseline().histograms) times.emplace_back(name, name);
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
        const std::optional<Ratio> ratio = result.percentile_ratio(arm, name, i);
        line.push_back(ratio ? ratio_text(*ratio) : "-");
        has_some = has_some || ratio;
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
  return gap + text_table(cells, markdown) + gap;
}

}  // namespace loopmark::harness
