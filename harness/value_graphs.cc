// SPDX-License-Identifier: MIT
#include "harness/value_graphs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "harness/families.h"
#include "harness/knee.h"

namespace loopmark::harness {
namespace {

/// One percentile of a named histogram over a parameter, a line an arm.
struct Sweep {
  // Of all slots together, or, where a slot has enough values, the median of the slots' percentiles:
  // one slot in a hundred in which another program ran is all of a 99th percentile.
  enum class Of { kAllSlots, kMedianSlot };

  const char* workload;
  const char* parameter;
  const char* histogram;
  double percentile;
  Of of;
  const char* script;
  const char* heading;
  const char* x_label;
  const char* y_label;
};

constexpr std::array<Sweep, 4> kSweeps{{
    {"open_loop", "load", "planned", 0.5, Sweep::Of::kMedianSlot, "load.gp",
     "What a message takes as the load grows", "load, % of what the bare loop can do at most",
     "median time from the planned send"},
    {"open_loop", "load", "planned", 0.99, Sweep::Of::kMedianSlot, "load.gp",
     "What a message takes as the load grows", "load, % of what the bare loop can do at most",
     "99th percentile from the planned send"},
    {"timer_lateness", "delay_us", "lateness", 0.5, Sweep::Of::kAllSlots, "curve.gp",
     "How late a timer is", "delay asked for, in us", "median lateness"},
    {"timer_lateness", "delay_us", "lateness", 0.99, Sweep::Of::kAllSlots, "curve.gp",
     "How late a timer is", "delay asked for, in us", "99th percentile of the lateness"},
}};

/// Nothing where the arm has no such percentile.
std::optional<double> swept(const ScenarioResult& result, const ArmResult& arm,
                            const Sweep& sweep) {
  const auto all = arm.histograms.find(sweep.histogram);
  if (all == arm.histograms.end() || all->second.count() == 0) return std::nullopt;
  if (sweep.of == Sweep::Of::kAllSlots) return all->second.percentile(sweep.percentile);
  const auto i = std::find(kPercentiles.begin(), kPercentiles.end(), sweep.percentile);
  const auto& slots =
      arm.percentiles.at(sweep.histogram)[static_cast<std::size_t>(i - kPercentiles.begin())];
  if (slots.size() != result.rounds()) return std::nullopt;
  return quantile(slots, 0.5);
}

Points sweep_points(const Family& family, const std::string& label, const Sweep& sweep) {
  Points points;
  for (const auto& [x, result] : family.members) {
    const ArmResult* const arm = result->find(label);
    if (arm == nullptr || !result->has_row(*arm)) continue;
    // Nothing is at 0 on a logarithmic axis.
    if (const auto y = swept(*result, *arm, sweep)) points.emplace_back(x, std::max(1.0, *y));
  }
  return points;
}

Graph sweep_graph(const Family& family, const Sweep& sweep) {
  std::vector<Series> series;
  for (const std::string& label : shown_arms(family)) {
    series.push_back({label, sweep_points(family, label, sweep)});
  }
  Graph graph =
      line_graph(file_name(fmt::format("{}-p{:g}-by-{}-{}", family.workload, 100 * sweep.percentile,
                                       family.parameter, text_of(family.others))),
                 sweep.script, std::move(series));
  graph.settings.insert(
      graph.settings.end(),
      {{"heading", sweep.heading},
       {"subject",
        fmt::format(
            "{}{}{}{}; {}, lower is better", invalid_mark(family), family.workload,
            family.others.empty() ? "" : ", ", text_of(family.others),
            sweep.of == Sweep::Of::kMedianSlot ? "the median slot" : "all rounds together")},
       {"x_label", sweep.x_label},
       {"y_label", sweep.y_label}});
  const std::optional<double> bound = knee_bound(family);
  if (bound && sweep.percentile == 0.99)
    graph.settings.emplace_back("bound", fmt::format("{:.4g}", *bound * 1e-9));
  return graph;
}

/// All percentiles of a named histogram.
Graph histogram_graph(const ScenarioResult& result, const std::string& name) {
  std::vector<Series> series;
  for (const ArmResult& arm : result.arms()) {
    const auto found = arm.histograms.find(name);
    if (arm.plan.is_control() || !result.has_row(arm) || found == arm.histograms.end()) continue;
    series.push_back({arm.plan.label, percentile_points(found->second)});
  }
  const ScenarioPlan& plan = result.plan();
  Graph graph = line_graph(file_name(fmt::format("{}-{}-{}", plan.workload, name, plan.parameters)),
                           "latency.gp", std::move(series));
  graph.settings.insert(graph.settings.end(),
                        {{"heading", plan.question},
                         {"subject", fmt::format("{}{}, {}; all rounds together, lower is better",
                                                 invalid_mark(result), plan.workload,
                                                 text_of(parameters_of(plan.parameters)))},
                         {"y_label", name}});
  return graph;
}

}  // namespace

void add_value_graphs(const std::vector<ScenarioResult>& results, std::vector<Graph>& graphs) {
  for (const Family& family : families_of(results)) {
    for (const Sweep& sweep : kSweeps) {
      if (family.workload != sweep.workload || family.parameter != sweep.parameter) continue;
      if (family.members.size() >= 3) graphs.push_back(sweep_graph(family, sweep));
    }
  }
  for (const ScenarioResult& result : results) {
    const bool is_swept = std::any_of(kSweeps.begin(), kSweeps.end(), [&](const Sweep& sweep) {
      return result.plan().workload == sweep.workload;
    });
    if (is_swept || result.arms().empty()) continue;
    for (const auto& [name, _] : result.baseline().histograms) {
      graphs.push_back(histogram_graph(result, name));
    }
  }
}

}  // namespace loopmark::harness
