// SPDX-License-Identifier: MIT
#include "harness/counted_laws.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <set>
#include <string_view>

#include "harness/bench_plan.h"

namespace loopmark::harness {
namespace {

// A call for each hundred descriptors is what a pass takes, and not a descriptor.
constexpr double kCallsApart = 0.01;

/// epoll_ctl calls a descriptor; below 0 where none were counted.
double registration_calls(const ArmResult& arm) {
  const auto calls = arm.exact.find("system_calls");
  if (calls == arm.exact.end() || !calls->is_object()) return -1;
  return calls->value("epoll_ctl", 0.0);
}

/// Who registers at once and who puts it off make the same calls in the end, the first time (first)
/// and when a descriptor comes again (add). Only a mechanism that takes changes with the wait could do
/// with fewer, and epoll is none.
void registration_takes_a_call(const ScenarioResult& result, std::vector<LawFinding>& findings) {
  if (result.plan().workload != "registration") return;
  const std::string phase = parameters_of(result.plan().parameters)["phase"];
  const double expected = registration_calls(result.baseline());
  if ((phase != "first" && phase != "add") || expected < 0) return;
  for (const ArmResult& arm : result.arms()) {
    const double calls = registration_calls(arm);
    if (arm.plan.is_control() || arm.plan.mechanism != "epoll" || calls < 0) continue;
    findings.push_back({.law = "registration-takes-a-call",
                        .where = result.plan().id(),
                        .arm = arm.plan.label,
                        .observed = fmt::format("{:.3f} epoll_ctl a descriptor", calls),
                        .expected = fmt::format("{:.3f}, as bare", expected),
                        .standing = held(std::abs(calls - expected) < kCallsApart),
                        .scenarios = {result.plan().id()}});
  }
}

/// The mechanism that a system call belongs to, or a word in an arm's evidence; empty for others.
std::string_view mechanism_of(std::string_view word) {
  static constexpr std::pair<std::string_view, std::string_view> kWaits[] = {
      {"epoll_wait", "epoll"}, {"epoll_pwait", "epoll"}, {"epoll_pwait2", "epoll"},
      {"epoll", "epoll"},      {"eventpoll", "epoll"},   {"poll", "poll"},
      {"ppoll", "poll"},       {"select", "select"},     {"pselect6", "select"},
      {"pselect", "select"},   {"io_uring", "io_uring"}, {"io_uring_enter", "io_uring"},
  };
  const auto found = std::find_if(std::begin(kWaits), std::end(kWaits),
                                  [word](const auto& each) { return each.first == word; });
  return found == std::end(kWaits) ? std::string_view() : found->second;
}

using Mechanisms = std::set<std::string_view>;

/// By which it was seen to wait; another thread's wait, such as a client's, may be among them.
Mechanisms counted_waits(const ArmResult& arm) {
  Mechanisms seen;
  const auto calls = arm.exact.find("system_calls");
  if (calls == arm.exact.end()) return seen;
  for (const auto& [name, count] : calls->items()) {
    if (count.get<double>() > 0) seen.insert(mechanism_of(name));
  }
  seen.erase("");
  return seen;
}

/// Which its evidence names.
Mechanisms named(const std::string& evidence) {
  Mechanisms seen;
  std::string word;
  for (const char c : evidence + " ") {
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '_') {
      word += c;
    } else {
      seen.insert(mechanism_of(word));
      word.clear();
    }
  }
  seen.erase("");
  return seen;
}

/// What speaks against an arm's declared mechanism; empty: nothing.
std::string contradiction(const ArmResult& arm) {
  const std::string& declared = arm.plan.mechanism;
  const Mechanisms waits = counted_waits(arm);
  if (!waits.empty() && !waits.contains(declared))
    return fmt::format("waits by {} only", fmt::join(waits, " and "));
  const Mechanisms words = named(arm.evidence);
  if (!words.empty() && !words.contains(declared))
    return fmt::format("its evidence is \"{}\"", arm.evidence);
  return "";
}

bool is_known(const std::string& mechanism) {
  return !mechanism.empty() && mechanism_of(mechanism) == mechanism;
}

/// A loop that falls back to another mechanism without a word is a measurement of something else. Each
/// scenario in which something speaks against an arm is a finding, and all others of the arm are one.
void waits_as_declared(const std::vector<ScenarioResult>& results,
                       std::vector<LawFinding>& findings) {
  std::map<std::string, LawFinding> fitting;      // by arm
  std::map<std::string, std::size_t> counted_in;  // so many of its scenarios
  for (const ScenarioResult& result : results) {
    const std::string id = result.plan().id();
    for (const ArmResult& arm : result.arms()) {
      const bool is_counted = !counted_waits(arm).empty();
      const bool is_named = !named(arm.evidence).empty();
      if (arm.plan.is_control() || !is_known(arm.plan.mechanism) || (!is_counted && !is_named))
        continue;
      const std::string against = contradiction(arm);
      const LawFinding finding{.law = "waits-as-declared",
                               .where = id,
                               .arm = arm.plan.label,
                               .observed = against,
                               .expected = "by " + arm.plan.mechanism,
                               .standing = held(against.empty()),
                               .scenarios = {id}};
      if (!against.empty()) {
        findings.push_back(finding);
        continue;
      }
      const auto [found, is_new] = fitting.try_emplace(arm.plan.label, finding);
      if (!is_new) found->second.scenarios.push_back(id);
      counted_in[arm.plan.label] += is_counted ? 1 : 0;
    }
  }
  for (auto& [label, finding] : fitting) {
    finding.where = fmt::format("{} scenarios", finding.scenarios.size());
    finding.observed =
        fmt::format("nothing against it; calls were counted in {} of them", counted_in[label]);
    findings.push_back(std::move(finding));
  }
}

}  // namespace

void add_counted_laws(const std::vector<ScenarioResult>& results,
                      std::vector<LawFinding>& findings) {
  for (const ScenarioResult& result : results) registration_takes_a_call(result, findings);
  waits_as_declared(results, findings);
}

}  // namespace loopmark::harness
