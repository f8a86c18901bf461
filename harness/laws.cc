// SPDX-License-Identifier: MIT
#include "harness/laws.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "harness/comparison_laws.h"
#include "harness/families.h"

namespace loopmark::harness {
namespace {

using LawFindings = std::vector<LawFinding>;

// Below so many descriptors the constant part of the cost hides how it grows.
constexpr double kGrowthFrom = 256;

bool looks_at_all(const ArmResult& arm) {
  return arm.plan.mechanism == "poll" || arm.plan.mechanism == "select";
}

/// The twin and the planted arm have laws of their own.
bool is_shown_in_laws(const ArmResult& arm) {
  return arm.plan.label != kTwin && arm.plan.label != kPlanted;
}

LawFinding finding(const char* law, const std::string& where, const std::string& arm,
                   std::string observed, std::string expected, bool holds) {
  return {law, where, arm, std::move(observed), std::move(expected), holds};
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
void growth_with_descriptors(const std::vector<Family>& families, LawFindings& found) {
  for (const Family& family : families) {
    if (!is(family, "fd_scaling", "fds") || !has(family, "active", "1")) continue;
    for (const ArmResult& arm : family.members.back().second->arms()) {
      auto points = points_of(family, arm.plan.label);
      std::erase_if(points, [](const auto& point) { return point.first < kGrowthFrom; });
      if (points.size() < 2) continue;
      const double exponent = growth_exponent(points);
      const bool all = looks_at_all(arm);
      found.push_back(finding(all ? "scan-grows" : "ready-list-is-flat", name_of(family),
                              arm.plan.label, fmt::format("exponent {:.2f}", exponent),
                              all ? "at least 0.8" : "at most 0.25",
                              all ? exponent >= 0.8 : exponent <= 0.25));
    }
  }
}

std::optional<double> median_at(const Family& family, const char* arm, double x) {
  for (const auto& [at, value] : points_of(family, arm)) {
    if (at == x) return value;
  }
  return std::nullopt;
}

/// At a thousand descriptors, one of them active, poll costs five times what epoll does, or more.
void distance_at_a_thousand(const std::vector<Family>& families, LawFindings& found) {
  for (const Family& family : families) {
    if (!is(family, "fd_scaling", "fds") || !has(family, "active", "1")) continue;
    const auto poll = median_at(family, "bare/poll", 1000);
    const auto epoll = median_at(family, "bare/epoll", 1000);
    if (!poll || !epoll) continue;
    found.push_back(finding("poll-against-epoll", name_of(family), "bare/poll",
                            fmt::format("{:.1f} times epoll at fds=1000", *poll / *epoll),
                            "at least 5", *poll / *epoll >= 5));
  }
}

/// Where many of those watched are active, the scan is no loss: the curves of poll and epoll cross
/// (Gammo et al. 2004).
void density_decides(const std::vector<Family>& families, LawFindings& found) {
  for (const Family& family : families) {
    if (!is(family, "fd_scaling", "fds") || !has(family, "active", "100")) continue;
    const auto poll = points_of(family, "bare/poll");
    const auto epoll = points_of(family, "bare/epoll");
    if (poll.size() < 2 || poll.size() > epoll.size()) continue;
    const double dense = poll.front().second / epoll.front().second;
    const double sparse = poll.back().second / epoll.back().second;
    found.push_back(finding("density-decides", name_of(family), "bare/poll",
                            fmt::format("{:.2f} times epoll at fds={:.0f}, {:.2f} at fds={:.0f}",
                                        dense, poll.front().first, sparse, poll.back().first),
                            "at most 1.1, then above it", dense <= 1.1 && sparse > 1.1));
  }
}

/// What an event costs falls when a wait brings more of them.
void waits_are_shared(const std::vector<Family>& families, LawFindings& found) {
  for (const Family& family : families) {
    if (!is(family, "fd_scaling", "active") || !has(family, "fds", "1000")) continue;
    for (const ArmResult& arm : family.members.front().second->arms()) {
      const auto points = points_of(family, arm.plan.label);
      if (points.size() < 2 || arm.plan.mechanism != "epoll") continue;
      const double ratio = points.back().second / points.front().second;
      found.push_back(
          finding("waits-are-shared", name_of(family), arm.plan.label,
                  fmt::format("{:.2f} of the cost at active={:.0f}", ratio, points.front().first),
                  "below 1", ratio < 1));
    }
  }
}

/// A heap's cost grows with the logarithm of how many timers it holds, a wheel's not at all.
void growth_with_timers(const std::vector<Family>& families, LawFindings& found) {
  for (const Family& family : families) {
    if (!is(family, "timer_churn", "n") || family.members.size() < 3) continue;
    for (const ArmResult& arm : family.members.front().second->arms()) {
      const auto points = points_of(family, arm.plan.label);
      if (points.size() < 3 || !is_shown_in_laws(arm)) continue;
      const double exponent = growth_exponent(points);
      found.push_back(finding("timers-grow-slowly", name_of(family), arm.plan.label,
                              fmt::format("exponent {:.2f}", exponent), "at most 0.4",
                              exponent <= 0.4));
    }
  }
}

}  // namespace

std::vector<LawFinding> check_laws(const std::vector<ScenarioResult>& results) {
  const std::vector<Family> families = families_of(results);
  LawFindings found;
  growth_with_descriptors(families, found);
  distance_at_a_thousand(families, found);
  density_decides(families, found);
  waits_are_shared(families, found);
  growth_with_timers(families, found);
  add_comparison_laws(results, found);
  return found;
}

Cells law_cells(const std::vector<LawFinding>& findings) {
  Cells cells{{"LAW", "WHERE", "ARM", "OBSERVED", "EXPECTED", ""}};
  for (const bool holds : {false, true}) {
    for (const LawFinding& each : findings) {
      if (each.holds != holds) continue;
      cells.push_back({each.law, each.where, each.arm, each.observed, each.expected,
                       holds ? "holds" : "BROKEN"});
    }
  }
  return cells;
}

}  // namespace loopmark::harness
