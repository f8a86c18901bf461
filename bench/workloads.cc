// SPDX-License-Identifier: MIT
#include "bench/workloads.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "reactors/base/nearest.h"

namespace loopmark::bench {
namespace {

constexpr const WorkloadRow* kWorkloads[] = {
    &kFdScaling,     &kFdTimeouts, &kRegistration, &kToggle,          &kCascade,    &kIteration,
    &kPingPong,      &kEcho,       &kPump,         &kConnectionChurn, &kWakeUp,     &kPummel,
    &kOpenLoop,      &kLongTail,   &kFairness,     &kIdleCost,        &kTimerChurn, &kTimerFire,
    &kTimerLateness, &kCallSoon,   &kNull};

}  // namespace

std::span<const WorkloadRow* const> workloads() {
  return kWorkloads;
}

Parameters parse_parameters(const WorkloadRow& row, std::string_view text) {
  Parameters parameters;
  std::vector<std::string> known;
  for (const Parameter& parameter : row.parameters) {
    parameters.emplace(parameter.name, parameter.standard);
    known.emplace_back(parameter.name);
  }
  std::set<std::string> given;
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(item.size() + 1, text.size()));
    const std::size_t equals = item.find('=');
    const auto found = parameters.find(item.substr(0, equals));
    if (equals == item.npos || found == parameters.end()) {
      throw std::invalid_argument(std::string(row.name) + " has no parameter '" +
                                  std::string(item) + "'; it has " + "name=value for these: " +
                                  [&known] {
                                    std::string names;
                                    for (const auto& name : known) names += " " + name;
                                    return names;
                                  }() +
                                  did_you_mean(item.substr(0, equals), known));
    }
    if (!given.insert(found->first).second)
      throw std::invalid_argument(found->first + " is given twice: give it once");
    found->second = item.substr(equals + 1);
  }
  return parameters;
}

std::uint64_t whole(const Parameters& parameters, std::string_view name, std::uint64_t least,
                    std::uint64_t most) {
  const std::string& text = parameters.find(name)->second;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  if (is_number && value >= least && value <= most) return value;
  throw std::invalid_argument(
      std::string(name) + "=" + text + ": use a whole number " +
      (most == kNoBound ? "of at least " + std::to_string(least)
                        : "from " + std::to_string(least) + " to " + std::to_string(most)));
}

std::uint64_t positive(const Parameters& parameters, std::string_view name) {
  return whole(parameters, name, 1);
}

std::size_t choice(const Parameters& parameters, std::string_view name,
                   std::span<const std::string_view> choices) {
  const std::string& text = parameters.find(name)->second;
  const auto found = std::find(choices.begin(), choices.end(), text);
  if (found != choices.end()) return static_cast<std::size_t>(found - choices.begin());
  std::string legal;
  for (const std::string_view each : choices)
    legal += (legal.empty() ? "" : ", ") + std::string(each);
  throw std::invalid_argument(std::string(name) + "=" + text + ": use one of " + legal);
}

}  // namespace loopmark::bench
