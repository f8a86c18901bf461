// SPDX-License-Identifier: MIT
#include "harness/verdict_agreement.h"

#include <fmt/format.h>

#include <algorithm>

namespace loopmark::harness {
namespace {

bool is_verdict_given(const ScenarioResult& result) {
  return result.plan().judged && result.plan().quantity != Quantity::kValue && !result.invalid();
}

bool is_subject(const ScenarioResult& result, const ArmResult& arm) {
  return &arm != &result.baseline() && !arm.plan.is_control() && result.has_row(arm);
}

void add_scenario(const ScenarioResult& was, const ScenarioResult& is,
                  std::vector<VerdictPair>& pairs) {
  if (was.plan().quantity != is.plan().quantity) return;  // they answer different questions
  for (const ArmResult& arm : was.arms()) {
    const ArmResult* const same = is.find(arm.plan.label);
    if (same == nullptr || !is_subject(was, arm) || !is_subject(is, *same)) continue;
    const Row before = was.row(arm);
    const Row after = is.row(*same);
    pairs.push_back({was.plan().id(), arm.plan.label, before.verdict, after.verdict,
                     before.disputed, after.disputed});
  }
}

}  // namespace

std::vector<VerdictPair> verdicts_of_both(const std::vector<ScenarioResult>& before,
                                          const std::vector<ScenarioResult>& after) {
  std::vector<VerdictPair> pairs;
  for (const ScenarioResult& was : before) {
    const ScenarioResult* const is = find_scenario(after, was.plan().id());
    if (is != nullptr && is_verdict_given(was) && is_verdict_given(*is))
      add_scenario(was, *is, pairs);
  }
  return pairs;
}

std::string agreement_text(const std::vector<VerdictPair>& pairs) {
  const auto count = [&](auto&& is_so) { return std::count_if(pairs.begin(), pairs.end(), is_so); };
  const auto same = count([](const VerdictPair& pair) { return pair.is_same(); });
  const auto opposite = count([](const VerdictPair& pair) { return pair.is_opposite(); });
  std::string text = fmt::format(
      "{} arms were judged in both runs: {} the same ({:.1f} %), {} otherwise and no "
      "contradiction, {} "
      "opposite\n",
      pairs.size(), same,
      100.0 * static_cast<double>(same) /
          static_cast<double>(std::max<std::size_t>(1, pairs.size())),
      static_cast<long>(pairs.size()) - same - opposite, opposite);
  for (const VerdictPair& pair : pairs) {
    if (!pair.is_opposite()) continue;
    text += fmt::format("  OPPOSITE: {}, {}: {}, then {}\n", pair.scenario, pair.arm,
                        to_string(pair.before), to_string(pair.after));
  }
  return text;
}

}  // namespace loopmark::harness
