// SPDX-License-Identifier: MIT
#include "harness/families.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace loopmark::harness {

std::optional<double> number_in(const std::string& text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  if (error != std::errc() || rest != end || !std::isfinite(value) || value < 0)
    return std::nullopt;
  return value;
}

std::string text_of(const ParameterValues& values) {
  std::string text;
  for (const auto& [name, value] : values) text += (text.empty() ? "" : ", ") + name + "=" + value;
  return text;
}

std::vector<Family> families_of(const std::vector<ScenarioResult>& results) {
  std::vector<Family> families;
  for (const ScenarioResult& result : results) {
    for (const auto& [name, value] : parameters_of(result.plan().parameters)) {
      const std::optional<double> number = number_in(value);
      if (!number) continue;
      Family family{result.plan().workload, name, parameters_of(result.plan().parameters), {}};
      family.others.erase(name);
      const auto same = [&family](const Family& each) {
        return each.workload == family.workload && each.parameter == family.parameter &&
               each.others == family.others;
      };
      auto found = std::find_if(families.begin(), families.end(), same);
      if (found == families.end()) found = families.insert(families.end(), std::move(family));
      found->members.emplace_back(*number, &result);
    }
  }
  for (Family& family : families) std::sort(family.members.begin(), family.members.end());
  return families;
}

std::vector<std::string> shown_arms(const Family& family) {
  std::vector<std::string> labels;
  for (const ArmResult& arm : family.members.front().second->arms()) {
    const bool everywhere = std::all_of(
        family.members.begin(), family.members.end(),
        [&](const auto& member) { return member.second->find(arm.plan.label) != nullptr; });
    if (everywhere && !arm.plan.is_control()) labels.push_back(arm.plan.label);
  }
  return labels;
}

std::vector<std::pair<double, double>> points_of(const Family& family, const std::string& label) {
  std::vector<std::pair<double, double>> points;
  for (const auto& [x, result] : family.members) {
    const ArmResult* const arm = result->find(label);
    if (arm != nullptr && result->has_row(*arm))
      points.emplace_back(x, quantile(arm->compared, 0.5));
  }
  return points;
}

}  // namespace loopmark::harness
