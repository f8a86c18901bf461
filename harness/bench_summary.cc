// SPDX-License-Identifier: MIT
#include "harness/bench_summary.h"

#include <fmt/format.h>

namespace loopmark::harness {
namespace {

constexpr double kInvalidAllowed = 0.05;

}  // namespace

bool BenchSummary::is_invalid() const {
  return static_cast<double>(invalid.size()) > kInvalidAllowed * static_cast<double>(judged);
}

BenchSummary summarise(const std::vector<ScenarioResult>& results) {
  BenchSummary summary;
  for (const ScenarioResult& result : results) {
    summary.scenarios += result.rounds() > 0 ? 1 : 0;
    summary.judged += result.plan().judged ? 1 : 0;
    if (result.plan().judged && result.baseline().lost.empty() &&
        result.rounds() < result.plan().effort.least_rounds)
      summary.too_short.push_back(result.plan().id());
    if (result.invalid()) summary.invalid.emplace_back(result.plan().id(), result.why_invalid());
    for (const ArmResult& arm : result.arms())
      summary.lost += !arm.lost.empty() && !arm.refused ? 1 : 0;
  }
  return summary;
}

std::string invalid_text(const BenchSummary& summary) {
  if (summary.invalid.empty()) return "";
  std::string text = fmt::format("{}INVALID: {} of {} scenarios with verdicts\n",
                                 summary.is_invalid() ? "the whole run is " : "",
                                 summary.invalid.size(), summary.judged);
  for (const auto& [id, why] : summary.invalid) text += fmt::format("- {}: {}\n", id, why);
  return text;
}

std::string too_short_text(const BenchSummary& summary) {
  if (summary.too_short.empty()) return "";
  return fmt::format("TOO FEW ROUNDS for a verdict: {} of {} scenarios with verdicts: {}\n",
                     summary.too_short.size(), summary.judged, fmt::join(summary.too_short, ", "));
}

Json to_json(const BenchSummary& summary) {
  Json invalid = Json::array();
  for (const auto& [id, why] : summary.invalid) invalid.push_back({{"scenario", id}, {"why", why}});
  return {
      {"scenarios", summary.scenarios}, {"judged", summary.judged},       {"invalid", invalid},
      {"valid", !summary.is_invalid()}, {"too_short", summary.too_short}, {"lost", summary.lost}};
}

}  // namespace loopmark::harness
