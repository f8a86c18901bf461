// SPDX-License-Identifier: MIT
#include "harness/growth_laws.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "harness/families.h"

namespace loopmark::harness {
namespace {

// Below so many descriptors the constant part of the cost hides how it grows.
constexpr double kGrowthFrom = 256;
// Between what is published of epoll (0.02 to 0.16; here 0.03 to 0.18) and of poll (1.1 to 1.5; here,
// where the curve ends at 9900 descriptors, 0.84 to 1.40).
constexpr double kFlat = 0.25;
constexpr double kScan = 0.8;

// The points of a curve are measured minutes apart, and a shared machine may be so many times as fast by
// then: processor time an event had two modes 1.25 times apart, between which it went in a second, and poll
// over 9900 descriptors took 1.35 times as long as eight minutes later.
constexpr double kDrift = 1.4;

/// By how much the exponent of a curve can change when the machine is faster for some of its points
/// than for others: most, when it is so for those beyond the middle.
double drift_of_exponent(const std::vector<std::pair<double, double>>& points) {
  double middle = 0;
  for (const auto& [x, _] : points) middle += std::log(x) / static_cast<double>(points.size());
  double beyond = 0;
  double spread = 0;
  for (const auto& [x, _] : points) {
    beyond += std::max(std::log(x) - middle, 0.0);
    spread += (std::log(x) - middle) * (std::log(x) - middle);
  }
  return std::log(kDrift) * beyond / spread;
}

/// Whether an exponent is on the right side of its limit by `margin`, which is negative where it is
/// not.
Standing standing_of(double margin, const std::vector<std::pair<double, double>>& points) {
  if (margin >= 0) return Standing::kHolds;
  return -margin <= drift_of_exponent(points) ? Standing::kOpen : Standing::kBroken;
}

/// What a law can go by of an arm in a family, and whose rows these are.
struct LawCurve {
  std::vector<std::pair<double, double>> points;
  std::vector<std::string> scenarios;
  std::string mechanism;

  void add(double x, double y, const ScenarioResult& result) {
    if (x <= 0) return;  // has no logarithm
    points.emplace_back(x, y);
    scenarios.push_back(result.plan().id());
  }
};

/// The arm, if it was measured in enough rounds; null otherwise.
const ArmResult* measured(const ScenarioResult& result, const std::string& label) {
  const ArmResult* const arm = result.find(label);
  const bool enough = arm != nullptr && result.has_row(*arm) && arm->compared.size() >= kLawRounds;
  return enough ? arm : nullptr;
}

/// Its medians, from the parameter `from` on.
LawCurve curve_of(const Family& family, const std::string& label, double from = 0) {
  LawCurve curve;
  for (const auto& [x, result] : family.members) {
    const ArmResult* const arm = measured(*result, label);
    if (arm == nullptr || x < from) continue;
    curve.add(x, quantile(arm->compared, 0.5), *result);
    curve.mechanism = arm->plan.mechanism;
  }
  return curve;
}

/// How many times epoll's time poll's is, round by round.
LawCurve poll_to_epoll(const Family& family) {
  LawCurve ratios;
  for (const auto& [x, result] : family.members) {
    const ArmResult* const poll = measured(*result, "bare/poll");
    const ArmResult* const epoll = measured(*result, "bare/epoll");
    if (poll == nullptr || epoll == nullptr) continue;
    ratios.add(x, paired_ratio(poll->compared, epoll->compared).value, *result);
  }
  return ratios;
}

std::string name_of(const Family& family) {
  return fmt::format("{} by {}, {}", family.workload, family.parameter, text_of(family.others));
}

bool is(const Family& family, const char* workload, const char* parameter) {
  return family.workload == workload && family.parameter == parameter;
}

bool has(const Family& family, const char* name, const char* value) {
  const auto found = family.others.find(name);
  return found != family.others.end() && found->second == value;
}

/// With one active descriptor, poll and select cost in proportion to how many are watched; epoll does
/// not (libevent's and libev's own pages, Gammo et al. 2004).
void growth_with_descriptors(const Family& family, std::vector<LawFinding>& findings) {
  if (!is(family, "fd_scaling", "fds") || !has(family, "active", "1")) return;
  for (const std::string& label : shown_arms(family)) {
    LawCurve curve = curve_of(family, label, kGrowthFrom);
    if (curve.points.size() < 2) continue;
    const double exponent = growth_exponent(curve.points);
    const bool scans = curve.mechanism == "poll" || curve.mechanism == "select";
    findings.push_back(
        {.law = scans ? "scan-grows" : "ready-list-is-flat",
         .where = name_of(family),
         .arm = label,
         .observed = fmt::format("exponent {:.2f}", exponent),
         .expected = scans ? fmt::format("at least {}", kScan) : fmt::format("at most {}", kFlat),
         .standing = standing_of(scans ? exponent - kScan : kFlat - exponent, curve.points),
         .scenarios = std::move(curve.scenarios)});
  }
}

constexpr double kThousand = 1000;
constexpr double kPollFarBehind = 5;

/// At a thousand descriptors, one of them active, poll costs five times what epoll does, or more.
void distance_at_a_thousand(const Family& family, std::vector<LawFinding>& findings) {
  if (!is(family, "fd_scaling", "fds") || !has(family, "active", "1")) return;
  const LawCurve ratios = poll_to_epoll(family);
  for (std::size_t i = 0; i < ratios.points.size(); ++i) {
    const auto& [fds, ratio] = ratios.points[i];
    if (fds != kThousand) continue;
    findings.push_back({.law = "poll-against-epoll",
                        .where = name_of(family),
                        .arm = "bare/poll",
                        .observed = fmt::format("{:.1f} times epoll at fds={:.0f}", ratio, fds),
                        .expected = fmt::format("at least {}", kPollFarBehind),
                        .standing = held(ratio >= kPollFarBehind),
                        .scenarios = {ratios.scenarios[i]}});
  }
}

/// Where points that begin at or below 1 first pass it, by a straight line between the logarithms.
std::optional<double> passes_one(const std::vector<std::pair<double, double>>& points) {
  for (std::size_t i = 1; i < points.size(); ++i) {
    const auto& [x, y] = points[i - 1];
    const auto& [next_x, next_y] = points[i];
    if (y > 1 || next_y <= 1) continue;
    return x * std::pow(next_x / x, std::log(1 / y) / std::log(next_y / y));
  }
  return std::nullopt;
}

constexpr double kActive = 100;
constexpr double kSparsest = 0.05;  // the share that is active, where the curves cross at the least

/// Where many of those watched are active, the scan is no loss: the curves of poll and epoll cross
/// (Gammo et al. 2004). Asked only of curves that reach from all active to fewer than one in twenty.
void density_decides(const Family& family, std::vector<LawFinding>& findings) {
  if (!is(family, "fd_scaling", "fds") || !has(family, "active", "100")) return;
  LawCurve ratios = poll_to_epoll(family);
  if (ratios.points.empty() || ratios.points.front().first > kActive ||
      ratios.points.back().first < kActive / kSparsest)
    return;
  const std::optional<double> fds = passes_one(ratios.points);
  const auto& [fewest, dense] = ratios.points.front();
  const auto& [most, sparse] = ratios.points.back();
  findings.push_back(
      {.law = "density-decides",
       .where = name_of(family),
       .arm = "bare/poll",
       .observed = fmt::format("{:.2f} times epoll at fds={:.0f}, {:.2f} at fds={:.0f}; {}", dense,
                               fewest, sparse, most,
                               fds ? fmt::format("as fast where {:.2f} are active", kActive / *fds)
                                   : "the curves do not cross"),
       .expected = fmt::format("as fast where between {} and 1 are active", kSparsest),
       .standing = held(fds && kActive / *fds >= kSparsest),
       .scenarios = std::move(ratios.scenarios)});
}

/// What an event costs falls when a wait brings more of them, at each step (c-toxcore: 438, 95, 63,
/// 60 ns for 1, 10, 100, 1024 active of 1024). A step up that the drift between two scenarios can
/// explain is left open, if all steps together lead down.
void waits_are_shared(const Family& family, std::vector<LawFinding>& findings) {
  if (!is(family, "fd_scaling", "active") || !has(family, "fds", "1000")) return;
  for (const std::string& label : shown_arms(family)) {
    LawCurve curve = curve_of(family, label);
    const auto& points = curve.points;
    if (points.size() < 2 || curve.mechanism != "epoll") continue;
    const double whole = points.back().second / points.front().second;
    double steepest = 0;
    for (std::size_t i = 1; i < points.size(); ++i)
      steepest = std::max(steepest, points[i].second / points[i - 1].second);
    findings.push_back(
        {.law = "waits-are-shared",
         .where = name_of(family),
         .arm = label,
         .observed = fmt::format(
             "{:.2f} of the cost at active={:.0f}{}", whole, points.front().first,
             points.size() == 2 ? ""
                                : fmt::format("; at most {:.2f} from point to point", steepest)),
         .expected = "below 1 at each point",
         .standing = steepest < 1                     ? Standing::kHolds
                     : whole < 1 && steepest < kDrift ? Standing::kOpen
                                                      : Standing::kBroken,
         .scenarios = std::move(curve.scenarios)});
  }
}

// A heap's logarithm is an exponent of 0.13 over these sizes, a wheel's 0, a list's 1. Caches add to
// it: the least that a heap can be has 0.12 here, and libevent's 0.29.
constexpr double kTimersGrow = 0.4;

/// A heap's cost grows with the logarithm of how many timers it holds, a wheel's not at all.
void growth_with_timers(const Family& family, std::vector<LawFinding>& findings) {
  if (!is(family, "timer_churn", "n")) return;
  for (const std::string& label : shown_arms(family)) {
    LawCurve curve = curve_of(family, label);
    if (curve.points.size() < 3) continue;
    const double exponent = growth_exponent(curve.points);
    findings.push_back({.law = "timers-grow-slowly",
                        .where = name_of(family),
                        .arm = label,
                        .observed = fmt::format("exponent {:.2f}", exponent),
                        .expected = fmt::format("at most {}", kTimersGrow),
                        .standing = standing_of(kTimersGrow - exponent, curve.points),
                        .scenarios = std::move(curve.scenarios)});
  }
}

}  // namespace

void add_growth_laws(const std::vector<ScenarioResult>& results,
                     std::vector<LawFinding>& findings) {
  for (const Family& family : families_of(results)) {
    growth_with_descriptors(family, findings);
    distance_at_a_thousand(family, findings);
    density_decides(family, findings);
    waits_are_shared(family, findings);
    growth_with_timers(family, findings);
  }
}

}  // namespace loopmark::harness
