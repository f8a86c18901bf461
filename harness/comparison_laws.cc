// SPDX-License-Identifier: MIT
#include "harness/comparison_laws.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/families.h"
#include "harness/triplets.h"

namespace loopmark::harness {
namespace {

using Results = std::vector<ScenarioResult>;
using Findings = std::vector<LawFinding>;

LawFinding finding(const char* law, const ScenarioResult& result, const std::string& arm,
                   std::string observed, std::string expected, bool holds) {
  return {law, result.plan().id(), arm, std::move(observed), std::move(expected), holds};
}

/// The arms of a workload's scenarios that have figures, without the checks.
template <class Look>
void for_each_arm(const Results& results, const char* workload, Look look) {
  for (const ScenarioResult& result : results) {
    if (result.plan().workload != workload) continue;
    for (const ArmResult& arm : result.arms()) {
      const bool checks = arm.plan.label == kTwin || arm.plan.label == kPlanted;
      if (!checks && result.has_row(arm)) look(result, arm);
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
    // What the interval leaves open is not broken.
    found.push_back(finding(
        "wrapper-tax", *each.scenario, each.backend,
        ratio_text(each.wrapper_to_library) + " times the library's own interface",
        fmt::format("at most {}", kWrapperTax), each.wrapper_to_library.low <= kWrapperTax));
  }
}

// Between two threads the kernel's waking is nearly all there is.
constexpr double kSameLatency = 1.15;

void same_kernel_path(const Results& results, Findings& found) {
  for_each_arm(results, "ping_pong", [&](const ScenarioResult& result, const ArmResult& arm) {
    if (parameters_of(result.plan())["loops"] != "2" || &arm == &result.baseline()) return;
    const Ratio ratio = result.row(arm).wall;
    found.push_back(finding("same-path-same-latency", result, arm.plan.label,
                            ratio_text(ratio) + " times bare",
                            fmt::format("at most {}", kSameLatency), ratio.low <= kSameLatency));
  });
}

// A second's stall in a hundred is in the 99th percentile of planned times, and in none of sent ones.
constexpr double kOmission = 100;

/// Who measures from the actual send leaves out the requests that a stall would have hit (Tene's
/// coordinated omission).
void omission(const Results& results, Findings& found) {
  for_each_arm(results, "open_loop", [&](const ScenarioResult& result, const ArmResult& arm) {
    if (!parameters_of(result.plan()).contains("stall")) return;
    const auto planned = arm.histograms.find("planned");
    const auto sent = arm.histograms.find("sent");
    if (planned == arm.histograms.end() || sent == arm.histograms.end()) return;
    const double ratio =
        planned->second.percentile(0.99) / std::max(1.0, sent->second.percentile(0.99));
    found.push_back(
        finding("coordinated-omission", result, arm.plan.label,
                fmt::format("p99 from the planned time is {:.0f} times that from the send", ratio),
                fmt::format("above {}", kOmission), ratio > kOmission));
  });
}

void never_early(const Results& results, Findings& found) {
  for_each_arm(results, "timer_lateness", [&](const ScenarioResult& result, const ArmResult& arm) {
    const auto early = arm.values.find("early");
    if (early == arm.values.end()) return;
    const double most = *std::max_element(early->second.begin(), early->second.end());
    found.push_back(finding("never-early", result, arm.plan.label,
                            fmt::format("{} early in a slot", most), "none", most == 0));
  });
}

// Idle libraries wake up by themselves so often at most (TIME-WAIT-01).
constexpr double kIdleWakes = 9;

void idle_is_idle(const Results& results, Findings& found) {
  for_each_arm(results, "idle_cost", [&](const ScenarioResult& result, const ArmResult& arm) {
    const auto wakes = arm.values.find("needless wakes a second");
    if (wakes == arm.values.end()) return;
    const double usual = quantile(wakes->second, 0.5);
    found.push_back(finding("idle-is-idle", result, arm.plan.label,
                            fmt::format("{:.1f} wakes a second", usual),
                            fmt::format("at most {}", kIdleWakes), usual <= kIdleWakes));
  });
}

// With the same read size the libraries' spread closes (muduo's and evpp's comparisons).
constexpr double kSameBuffers = 1.3;

void equal_buffers(const Results& results, Findings& found) {
  for_each_arm(results, "pump", [&](const ScenarioResult& result, const ArmResult& arm) {
    if (!result.plan().judged || &arm == &result.baseline()) return;
    const Ratio ratio = result.row(arm).wall;
    found.push_back(finding("equal-buffers-equal-speed", result, arm.plan.label,
                            ratio_text(ratio) + " times bare",
                            fmt::format("at most {}", kSameBuffers), ratio.low <= kSameBuffers));
  });
}

// Two scenarios are measured minutes apart, and by then a shared machine may be a quarter slower or
// faster: only what goes beyond that is flagged.
constexpr double kApart = 0.65;

/// A timeout that is reset at each read costs something.
void timeouts_cost(const Results& results, Findings& found) {
  for_each_arm(results, "fd_timeouts", [&](const ScenarioResult& result, const ArmResult& arm) {
    for (const ScenarioResult& plain : results) {
      if (plain.plan().workload != "fd_scaling" ||
          plain.plan().parameters != result.plan().parameters)
        continue;
      const ArmResult* const same = plain.find(arm.plan.label);
      if (same == nullptr || !plain.has_row(*same)) continue;
      const double ratio = quantile(arm.wall, 0.5) / quantile(same->wall, 0.5);
      found.push_back(finding("timeouts-cost", result, arm.plan.label,
                              fmt::format("{:.2f} times the same without timeouts", ratio),
                              fmt::format("above {}", kApart), ratio > kApart));
    }
  });
}

}  // namespace

void add_comparison_laws(const std::vector<ScenarioResult>& results,
                         std::vector<LawFinding>& findings) {
  wrapper_tax(results, findings);
  same_kernel_path(results, findings);
  omission(results, findings);
  never_early(results, findings);
  idle_is_idle(results, findings);
  equal_buffers(results, findings);
  timeouts_cost(results, findings);
}

}  // namespace loopmark::harness
