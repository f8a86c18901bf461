// SPDX-License-Identifier: MIT
#include "harness/flags.h"

namespace loopmark::harness {

Flags::Flags(const std::vector<LawFinding>& findings) {
  for (const LawFinding& each : findings) {
    if (each.standing != Standing::kBroken) continue;
    for (const std::string& scenario : each.scenarios) rows_[{scenario, each.arm}].push_back(each);
  }
}

const std::vector<LawFinding>& Flags::of(const ScenarioResult& scenario,
                                         const ArmResult& arm) const {
  static const std::vector<LawFinding> kNone;
  const auto found = rows_.find({scenario.plan().id(), arm.plan.label});
  return found == rows_.end() ? kNone : found->second;
}

std::string Flags::names(const ScenarioResult& scenario, const ArmResult& arm) const {
  std::string text;
  for (const LawFinding& each : of(scenario, arm)) text += (text.empty() ? "" : ", ") + each.law;
  return text;
}

}  // namespace loopmark::harness
