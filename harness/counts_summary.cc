// SPDX-License-Identifier: MIT
#include "harness/counts_summary.h"

#include <fmt/format.h>

namespace loopmark::harness {

CountsSummary summary_of_counts(const std::vector<ScenarioResult>& results) {
  CountsSummary summary;
  for (const ScenarioResult& result : results) {
    const std::size_t before = summary.unexplained;
    for (const ArmResult& arm : result.arms()) {
      if (arm.exact.is_null()) continue;
      for (const auto& [name, value] : arm.exact.items())
        summary.counts += value.is_object() && name != "missing" && name != "varies" ? 1 : 0;
      if (!arm.exact.contains("varies")) continue;
      const std::size_t varying = arm.exact.at("varies").size();
      (arm.exact.value("because", "").empty() ? summary.unexplained : summary.explained) += varying;
    }
    if (summary.unexplained > before) summary.where.push_back(result.plan().id());
  }
  return summary;
}

std::string to_text(const CountsSummary& summary) {
  std::string text = fmt::format(
      "of {} counts {} repeat exactly, {} need not, and the tables say why", summary.counts,
      summary.counts - summary.explained - summary.unexplained, summary.explained);
  if (summary.unexplained > 0)
    text += fmt::format("; {} VARY WITHOUT A REASON, in {}", summary.unexplained,
                        fmt::join(summary.where, ", "));
  return text;
}

}  // namespace loopmark::harness
