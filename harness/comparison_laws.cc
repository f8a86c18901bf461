// SPDX-License-Identifier: MIT
#include "harness/comparison_laws.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

#include "harness/families.h"
#include "harness/launches.h"
#include "harness/triplets.h"

namespace loopmark::harness {
namespace {

using Results = std::vector<ScenarioResult>;
using Findings = std::vector<LawFinding>;

LawFinding finding(const char* law, const ScenarioResult& result, const std::string& arm,
                   std::string observed, std::string expected, Standing standing) {
  const std::string id = result.plan().id();
  return {law, id, arm, std::move(observed), std::move(expected), standing, {id}};
}

/// A law about a ratio whose interval is known too badly by few rounds: not judged then.
LawFinding finding_on_rounds(const char* law, const ScenarioResult& result, const std::string& arm,
                             std::string observed, std::string expected, Standing standing) {
  const std::size_t least = result.plan().effort.least_rounds;
  if (result.rounds() >= least)
    return finding(law, result, arm, std::move(observed), std::move(expected), standing);
  return finding(law, result, arm, fmt::format("{} rounds", result.rounds()),
                 fmt::format("at least {} rounds", least), Standing::kNotJudged);
}

/// The arms of a workload's scenarios that have figures, without the checks.
template <class Look>
void for_each_arm(const Results& results, const char* workload, Look look) {
  for (const ScenarioResult& result : results) {
    if (result.plan().workload != workload) continue;
    for (const ArmResult& arm : result.arms()) {
      if (!arm.plan.is_control() && result.has_row(arm)) look(result, arm);
    }
  }
}

// Workloads on which our wrapper may cost so much over the library's own interface.
constexpr double kWrapperTax = 1.05;
constexpr const char* kTaxed[] = {"fd_scaling", "ping_pong", "echo", "wake_up"};

void wrapper_tax(const Results& results, Findings& found) {
  for (const Triplet& each : triplets_of(results)) {
    const ScenarioPlan& plan = each.scenario->plan();
    const bool taxed =
        std::find(std::begin(kTaxed), std::end(kTaxed), plan.workload) != std::end(kTaxed);
    if (!taxed || !plan.judged) continue;
    found.push_back(finding_on_rounds(
        "wrapper-tax", *each.scenario, each.backend,
        ratio_text(each.wrapper_to_library) + " times the library's own interface",
        fmt::format("at most {}", kWrapperTax), at_most(each.wrapper_to_library, kWrapperTax)));
  }
}

// Workloads in which every loop makes the bare loop's calls for each event, at least. Where a loop can put a change off, or
// leave it out, it may well be quicker than one that does not.
constexpr const char* kBareIsLeast[] = {"echo", "connection_churn", "ping_pong", "wake_up",
                                        "fd_scaling"};

/// The bare loop over the same mechanism does nothing else, so what is quicker was measured wrongly: once servers seemed to
/// be, by the wall clock, which beside a client that spins shows mostly how the kernel wakes them. All valid scenarios in which
/// an arm keeps to it are one finding.
void bare_is_the_limit(const Results& results, Findings& found) {
  std::map<std::string, LawFinding> kept;  // by arm
  for (const char* const workload : kBareIsLeast) {
    for_each_arm(results, workload, [&](const ScenarioResult& result, const ArmResult& arm) {
      const ArmResult* const bare = result.find("bare/" + arm.plan.mechanism);
      if (!result.plan().judged || bare == nullptr || bare == &arm || !result.has_row(*bare))
        return;
      const Effort& effort = result.plan().effort;
      const Ratio ratio = ratio_over_launches(arm.compared, bare->compared, effort.launch_rounds);
      const double least = 1 - effort.margin;
      const Standing standing = ratio.high < least   ? Standing::kBroken
                                : ratio.low >= least ? Standing::kHolds
                                                     : Standing::kOpen;
      LawFinding here = finding_on_rounds("bare-is-the-limit", result, arm.plan.label,
                                          ratio_text(ratio) + " times " + bare->plan.label,
                                          fmt::format("at least {}", least), standing);
      if (here.standing != Standing::kHolds || result.invalid())
        return found.push_back(std::move(here));
      const auto [known, is_new] = kept.try_emplace(arm.plan.label, std::move(here));
      if (!is_new) known->second.scenarios.push_back(result.plan().id());
    });
  }
  for (auto& [label, each] : kept) {
    each.where = fmt::format("{} scenarios", each.scenarios.size());
    each.observed = "no quicker than the bare loop of its mechanism";
    each.expected = "no quicker";
    found.push_back(std::move(each));
  }
}

// Between two threads the kernel's waking is nearly all there is: three styles of interface over one
// kernel path lay within 4 % of each other (corosio). Points of curves have too few rounds to tell.
constexpr double kSameLatency = 1.04;

void same_kernel_path(const Results& results, Findings& found) {
  for_each_arm(results, "ping_pong", [&](const ScenarioResult& result, const ArmResult& arm) {
    if (!result.plan().judged || &arm == &result.baseline()) return;
    if (parameters_of(result.plan().parameters)["loops"] != "2") return;
    const Ratio ratio = result.row(arm).compared;
    found.push_back(finding_on_rounds(
        "same-path-same-latency", result, arm.plan.label, ratio_text(ratio) + " times bare",
        fmt::format("at most {}", kSameLatency), at_most(ratio, kSameLatency)));
  });
}

// Where registration is settled, what a library does at once and what it puts off cost alike.
constexpr double kSettled = 2;

/// A gap of hundreds between libraries' events was once found to be registrations, which one of them
/// had put off into the waits that were timed (bartman's benchmark of libev, libevent and libuv).
void settled_events_cost_alike(const Results& results, Findings& found) {
  for (const ScenarioResult& result : results) {
    if (result.plan().workload != "fd_scaling") continue;
    const ArmResult* slowest = nullptr;
    const ArmResult* fastest = nullptr;
    for (const ArmResult& arm : result.arms()) {
      if (arm.plan.is_control() || arm.plan.mechanism != "epoll" || !result.has_row(arm)) continue;
      const double median = quantile(arm.compared, 0.5);
      if (slowest == nullptr || median > quantile(slowest->compared, 0.5)) slowest = &arm;
      if (fastest == nullptr || median < quantile(fastest->compared, 0.5)) fastest = &arm;
    }
    if (slowest == fastest) continue;
    const Ratio ratio = ratio_over_launches(slowest->compared, fastest->compared,
                                            result.plan().effort.launch_rounds);
    found.push_back(finding("settled-events-cost-alike", result, slowest->plan.label,
                            ratio_text(ratio) + " times " + fastest->plan.label,
                            fmt::format("at most {}", kSettled), at_most(ratio, kSettled)));
  }
}

// A second's stall in a hundred is in the 99th percentile of planned times, and in none of sent ones.
constexpr double kOmission = 100;

/// Who measures from the actual send leaves out the requests that a stall would have hit (Tene's
/// coordinated omission).
void omission(const Results& results, Findings& found) {
  for_each_arm(results, "open_loop", [&](const ScenarioResult& result, const ArmResult& arm) {
    if (!parameters_of(result.plan().parameters).contains("stall")) return;
    const auto planned = arm.histograms.find("planned");
    const auto sent = arm.histograms.find("sent");
    if (planned == arm.histograms.end() || sent == arm.histograms.end()) return;
    const double ratio =
        planned->second.percentile(0.99) / std::max(1.0, sent->second.percentile(0.99));
    found.push_back(
        finding("coordinated-omission", result, arm.plan.label,
                fmt::format("p99 from the planned time is {:.0f} times that from the send", ratio),
                fmt::format("above {}", kOmission), held(ratio > kOmission)));
  });
}

void never_early(const Results& results, Findings& found) {
  for_each_arm(results, "timer_lateness", [&](const ScenarioResult& result, const ArmResult& arm) {
    const auto early = arm.values.find("early");
    if (early == arm.values.end()) return;
    const double most = *std::max_element(early->second.begin(), early->second.end());
    found.push_back(finding("never-early", result, arm.plan.label,
                            fmt::format("{} early in a slot", most), "none", held(most == 0)));
  });
}

// Idle libraries wake up by themselves so often at most (TIME-WAIT-01).
constexpr double kIdleWakes = 9;
// A loop that spins uses a million and never sleeps, so its needless wakes are none; ending a period
// of 100 ms over 9000 descriptors takes poll() some 40000.
constexpr double kIdleMicroseconds = 500'000;
// Periods of idling, and how long they are: in less one wake is many a second.
constexpr std::size_t kIdlePeriods = 5;
constexpr double kIdleMs = 100;

/// Of all slots: one that is short has a wake or none.
double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

void idle_is_idle(const Results& results, Findings& found) {
  for_each_arm(results, "idle_cost", [&](const ScenarioResult& result, const ArmResult& arm) {
    const auto wakes = arm.values.find("needless wakes a second");
    const auto busy = arm.values.find("processor us a second");
    if (wakes == arm.values.end() || busy == arm.values.end()) return;
    // Where it is not given, it is longer.
    const ParameterValues parameters = parameters_of(result.plan().parameters);
    const auto idle_ms = parameters.find("idle_ms");
    const bool too_short =
        wakes->second.size() < kIdlePeriods ||
        (idle_ms != parameters.end() && number_in(idle_ms->second).value_or(0) < kIdleMs);
    const double rate = mean(wakes->second);
    const double microseconds = mean(busy->second);
    found.push_back(
        finding("idle-is-idle", result, arm.plan.label,
                fmt::format("{:.1f} wakes and {:.0f} us of processor time a second, in {} periods",
                            rate, microseconds, wakes->second.size()),
                fmt::format("at most {} and {:.0f}, in at least {} of {} ms", kIdleWakes,
                            kIdleMicroseconds, kIdlePeriods, kIdleMs),
                too_short ? Standing::kNotJudged
                          : held(rate <= kIdleWakes && microseconds <= kIdleMicroseconds)));
  });
}

// With the same read size the libraries' spread closes: from 70 % to 18 % between muduo and libevent,
// and muduo and Asio are 15 % apart. All arms read with the bare loop's buffer here.
constexpr double kSameBuffers = 1.15;

void equal_buffers(const Results& results, Findings& found) {
  for_each_arm(results, "pump", [&](const ScenarioResult& result, const ArmResult& arm) {
    if (!result.plan().judged || &arm == &result.baseline()) return;
    const Ratio ratio = result.row(arm).compared;
    found.push_back(finding_on_rounds(
        "equal-buffers-equal-speed", result, arm.plan.label, ratio_text(ratio) + " times bare",
        fmt::format("at most {}", kSameBuffers), at_most(ratio, kSameBuffers)));
  });
}

/// User instructions an event, if they were counted.
std::optional<double> instructions(const ArmResult& arm) {
  const auto counts = arm.exact.find("instructions");
  if (counts == arm.exact.end() || !counts->contains("user")) return std::nullopt;
  return counts->at("user").get<double>();
}

/// What timeouts cost, by instructions where both were counted, as these do not drift. Times alone break no
/// law: the two scenarios are minutes apart, and rings of thousands of descriptors have taken 0.4 times as
/// long with timeouts as without, on a machine that others share.
LawFinding price_of_timeouts(const ScenarioResult& result, const ArmResult& with,
                             const ScenarioResult& plain, const ArmResult& without) {
  const auto found = [&](std::string observed, std::string expected, Standing standing) {
    return finding("timeouts-cost", result, with.plan.label, std::move(observed),
                   std::move(expected), standing);
  };
  const double time = quantile(with.compared, 0.5) / quantile(without.compared, 0.5);
  const std::string times = fmt::format("{:.2f} times the time without", time);
  const auto steps = instructions(with);
  const auto plain_steps = instructions(without);
  if (steps && plain_steps) {
    return found(fmt::format("{:.2f} times the instructions, {}", *steps / *plain_steps, times),
                 "above 1, of instructions", held(*steps > *plain_steps));
  }
  if (plain.invalid())
    return found(plain.plan().id() + " is INVALID", "above 1", Standing::kNotJudged);
  const std::size_t rounds = std::min(with.compared.size(), without.compared.size());
  if (rounds < kLawRounds) {
    return found(fmt::format("{} rounds", rounds), fmt::format("at least {} rounds", kLawRounds),
                 Standing::kNotJudged);
  }
  return found(times, "above 1", time > 1 ? Standing::kHolds : Standing::kOpen);
}

/// A timeout that is reset at each read costs something.
void timeouts_cost(const Results& results, Findings& found) {
  for_each_arm(results, "fd_timeouts", [&](const ScenarioResult& result, const ArmResult& arm) {
    for (const ScenarioResult& plain : results) {
      if (plain.plan().workload != "fd_scaling" ||
          plain.plan().parameters != result.plan().parameters)
        continue;
      const ArmResult* const same = plain.find(arm.plan.label);
      if (same == nullptr || !plain.has_row(*same)) continue;
      found.push_back(price_of_timeouts(result, arm, plain, *same));
    }
  });
}

}  // namespace

void add_comparison_laws(const std::vector<ScenarioResult>& results,
                         std::vector<LawFinding>& findings) {
  wrapper_tax(results, findings);
  bare_is_the_limit(results, findings);
  same_kernel_path(results, findings);
  settled_events_cost_alike(results, findings);
  omission(results, findings);
  never_early(results, findings);
  idle_is_idle(results, findings);
  equal_buffers(results, findings);
  timeouts_cost(results, findings);
}

}  // namespace loopmark::harness
