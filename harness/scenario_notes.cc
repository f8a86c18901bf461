// SPDX-License-Identifier: MIT
#include "harness/scenario_notes.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "harness/machine_load.h"

namespace loopmark::harness {
namespace {

/// The arms whose verdict promises too much, by the reason.
std::string doubts_of(const ScenarioResult& result) {
  std::map<std::string, std::string> arms;
  for (const ArmResult& arm : result.arms()) {
    if (!result.plan().judged || &arm == &result.baseline() || !result.has_row(arm)) continue;
    const std::string doubt = result.row(arm).doubt();
    if (doubt.empty()) continue;
    std::string& labels = arms[doubt];
    labels += (labels.empty() ? "" : ", ") + arm.plan.label;
  }
  std::string text;
  for (const auto& [doubt, labels] : arms) text += fmt::format("doubtful: {}: {}\n", labels, doubt);
  return text;
}

}  // namespace

std::string workload_heading(const ScenarioPlan& plan, bool markdown) {
  std::string text = markdown ? fmt::format("\n## {}\n\n{}\n\n", plan.workload, plan.question)
                              : fmt::format("\n{}: {}\n", plan.workload, plan.question);
  for (const auto& [what, said] : {std::pair("timed", &plan.timed),
                                   {"not shown", &plan.not_shown},
                                   {"verdicts", &plan.verdicts}}) {
    if (!said->empty()) text += fmt::format("{}{}: {}\n", markdown ? "- " : "  ", what, *said);
  }
  return text;
}

std::string rules_text(const ScenarioResult& result) {
  const ScenarioPlan& plan = result.plan();
  if (!plan.judged) return "";
  std::string text = fmt::format("margin {:g} %", 100 * plan.effort.margin);
  if (!plan.why_margin.empty()) text += " (" + plan.why_margin + ")";
  text += fmt::format("; verdicts go by intervals of {:.4g} %, to hold for all arms at once",
                      100 * confidence_among(result.pairs()));
  const auto planted = std::find_if(plan.arms.begin(), plan.arms.end(),
                                    [](const ArmPlan& arm) { return arm.planted > 0; });
  if (planted != plan.arms.end())
    text += fmt::format("; planted: {:g} % slower", 100 * planted->planted);
  return text + "\n";
}

std::string footer(const ScenarioResult& result) {
  std::size_t slots = 0;
  std::size_t preempted = 0;
  for (const ArmResult& arm : result.arms()) {
    slots += arm.compared.size();
    preempted += arm.preempted;
  }
  if (slots == 0) return result.ended() + "\n";
  std::string text =
      fmt::format("{} rounds ({}); {:.0f} % of the slots preempted", result.rounds(),
                  result.ended().empty() ? "not finished" : "ended by " + result.ended(),
                  100.0 * static_cast<double>(preempted) / static_cast<double>(slots));
  if (!result.load().is_null()) text += "; " + load_text(result.load());
  if (result.warm_up_doublings() > 0) {
    text += fmt::format("; the warm-up was doubled {} time{}", result.warm_up_doublings(),
                        result.warm_up_doublings() > 1 ? "s" : "");
  }
  if (result.plan().attempt > 1) text += "; second try";
  if (result.invalid()) text += "; INVALID: " + result.why_invalid() + ", believe none of this";
  return text + "\n" + doubts_of(result);
}

}  // namespace loopmark::harness
