// SPDX-License-Identifier: MIT
#include "harness/knee.h"

#include <fmt/format.h>

#include "harness/bench_table.h"
#include "harness/graph.h"
#include "harness/launches.h"
#include "harness/text_table.h"

namespace loopmark::harness {
namespace {

constexpr double kTimesLowest = 10;
constexpr std::size_t kFewestLoads = 3;

/// Nothing unless every slot of the arm holds enough requests for a 99th percentile.
std::optional<LoadPoint> load_point(double load, const ScenarioResult& result,
                                    const ArmResult& arm) {
  const auto planned = arm.percentiles.find("planned");
  const auto rate = arm.values.find("planned_rate");
  if (!result.has_row(arm) || planned == arm.percentiles.end() || rate == arm.values.end())
    return std::nullopt;
  const std::vector<double>& p99 = planned->second.back();
  if (p99.size() != result.rounds()) return std::nullopt;
  const std::vector<double> one(p99.size(), 1);
  const Ratio middle = ratio_over_launches(p99, one, result.plan().effort.launch_rounds);
  return LoadPoint{.load = load,
                   .rate = quantile(rate->second, 0.5),
                   .p99 = quantile(p99, 0.5),
                   .low = middle.low,
                   .high = middle.high};
}

Knee knee_on(const Family& curve, const std::string& label, double bound) {
  Knee knee{text_of(curve.others), label, bound, {}, {}, {}};
  for (const auto& [load, result] : curve.members) {
    const ArmResult* const arm = result->find(label);
    if (arm != nullptr && !result->has_row(*arm)) break;  // nothing is known from there on
    const auto point = arm == nullptr ? std::nullopt : load_point(load, *result, *arm);
    if (!point) continue;
    if (point->low > bound) {
      knee.beyond = point;
      break;
    }
    if (point->high <= bound) {
      knee.within = point;
      knee.open.reset();  // who is within at a higher load was so at that one, too
    } else {
      knee.open = point;
    }
  }
  return knee;
}

std::string place_of(const Knee& knee) {
  if (!knee.beyond)
    return knee.within ? fmt::format("at least {:g} %", knee.within->load) : "not decided";
  if (!knee.within)
    return knee.open ? fmt::format("at most {:g} %", knee.open->load)
                     : fmt::format("below {:g} %", knee.beyond->load);
  return knee.open ? fmt::format("{:g} to {:g} %", knee.within->load, knee.open->load)
                   : fmt::format("{:g} %", knee.within->load);
}

std::vector<std::string> knee_cells(const Knee& knee) {
  std::vector<std::string> cells{"load" + (knee.curve.empty() ? "" : ", " + knee.curve), knee.arm,
                                 place_of(knee)};
  cells.push_back(knee.within ? fmt::format("{:.0f}", knee.within->rate) : "-");
  cells.push_back(knee.within ? duration_text(knee.within->p99) : "-");
  cells.push_back(
      knee.beyond ? fmt::format("{} at {:g} %", duration_text(knee.beyond->p99), knee.beyond->load)
                  : "-");
  cells.push_back(duration_text(knee.bound));
  return cells;
}

}  // namespace

std::optional<double> knee_bound(const Family& curve) {
  if (curve.workload != "open_loop" || curve.parameter != "load" ||
      curve.members.size() < kFewestLoads)
    return std::nullopt;
  const auto& [load, lowest] = curve.members.front();
  const auto bare = load_point(load, *lowest, lowest->baseline());
  return bare ? std::optional(kTimesLowest * bare->p99) : std::nullopt;
}

std::vector<Knee> knees_of(const std::vector<ScenarioResult>& results) {
  std::vector<Knee> knees;
  for (const Family& curve : families_of(results)) {
    const std::optional<double> bound = knee_bound(curve);
    if (!bound) continue;
    for (const std::string& label : shown_arms(curve)) {
      Knee knee = knee_on(curve, label, *bound);
      if (knee.within || knee.open || knee.beyond) knees.push_back(std::move(knee));
    }
  }
  return knees;
}

std::string knee_table(const std::vector<ScenarioResult>& results, bool markdown) {
  Cells cells{{"CURVE", "BACKEND", "KNEE", "REQUESTS/S", "p99", "BEYOND IT", "BOUND"}};
  for (const Knee& knee : knees_of(results)) cells.push_back(knee_cells(knee));
  if (cells.size() == 1) return "";
  return heading(fmt::format("Knee of open_loop: the highest load up to which the 99th percentile "
                             "from the planned time, in the median slot, stays within {:g} times "
                             "what the bare loop takes at the lowest load; by its 99 % interval, "
                             "which is that of the rounds where there are "
                             "few launches",
                             kTimesLowest),
                 markdown) +
         text_table(cells, markdown);
}

}  // namespace loopmark::harness
