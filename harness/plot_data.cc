// SPDX-License-Identifier: MIT
#include "harness/plot_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "harness/bench_table.h"
#include "harness/families.h"
#include "harness/triplet_graphs.h"
#include "harness/value_graphs.h"

namespace loopmark::harness {
namespace {

/// What is compared, in words: "processor time per request", "median round trip".
std::string compared_words(const ScenarioPlan& plan) {
  if (plan.quantity == Quantity::kOperation) return "median " + plan.operation;
  return (plan.quantity == Quantity::kProcessorTime ? "processor time per " : "time per ") +
         plan.unit;
}

std::string capital(std::string text) {
  text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

Graph curve(const Family& family) {
  std::vector<Series> series;
  for (const std::string& label : shown_arms(family)) {
    series.push_back({label, points_of(family, label)});
  }
  const ScenarioPlan& plan = family.members.front().second->plan();
  Graph graph = line_graph(file_name(fmt::format("{}-by-{}-{}", family.workload, family.parameter,
                                                 text_of(family.others))),
                           "curve.gp", series);
  graph.settings.insert(
      graph.settings.end(),
      {{"heading", plan.question},
       {"subject",
        fmt::format("{}{}{}{}; median, lower is better", invalid_mark(family), family.workload,
                    family.others.empty() ? "" : ", ", text_of(family.others))},
       {"x_label", family.parameter},
       {"y_label", compared_words(plan)}});
  return graph;
}

Graph latency_graph(const ScenarioResult& result) {
  std::vector<Series> series;
  for (const ArmResult& arm : result.arms()) {
    if (arm.plan.is_control() || !result.has_row(arm) || arm.latency.count() == 0) continue;
    series.push_back({arm.plan.label, percentile_points(arm.latency)});
  }
  const ScenarioPlan& plan = result.plan();
  Graph graph =
      line_graph(file_name(plan.workload + "-latency-" + plan.parameters), "latency.gp", series);
  graph.settings.insert(graph.settings.end(),
                        {{"heading", capital(plan.operation) + ", percentile by percentile"},
                         {"subject", fmt::format("{}{}, {}; all rounds together, lower is better",
                                                 invalid_mark(result), plan.workload,
                                                 text_of(parameters_of(plan.parameters)))},
                         {"y_label", plan.operation}});
  return graph;
}

Graph ratio_graph(const ScenarioResult& result) {
  const ScenarioPlan& plan = result.plan();
  Graph graph{file_name(plan.workload + "-ratios-" + plan.parameters), "ratios.gp", "", {}};
  std::vector<std::pair<std::string, Row>> rows;
  for (const ArmResult& arm : result.arms()) {
    if (!arm.plan.is_control() && &arm != &result.baseline() && result.has_row(arm)) {
      rows.emplace_back(arm.plan.label, result.row(arm));
    }
  }
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return a.second.compared.value < b.second.compared.value;
  });
  std::string arms;
  double least = 0.95;
  double most = 1.05;
  graph.data = "# arm\tratio\tlow\thigh\tlabel\n";
  for (const auto& [name, row] : rows) {
    arms += (arms.empty() ? "" : " ") + name;
    const Ratio ratio = drawn(row.compared);
    least = std::min(least, ratio.low);
    most = std::max(most, ratio.high);
    graph.data += fmt::format("{}\t{:.5f}\t{:.5f}\t{:.5f}\t{:.3f}  {}\n", name, ratio.value,
                              ratio.low, ratio.high, ratio.value, verdict_text(result, row));
  }
  graph.settings = {
      {"arms", arms},
      {"heading", fmt::format("{}, against the {} loop", capital(compared_words(plan)),
                              result.baseline().plan.label)},
      {"subject",
       fmt::format("{}{}, {}; median of {} rounds, its 99 % interval, and the margin (grey)",
                   invalid_mark(result), plan.workload, text_of(parameters_of(plan.parameters)),
                   result.rounds())},
      {"margin", fmt::format("{}", plan.effort.margin)},
      {"x_label", "times " + result.baseline().plan.label + " (log scale)"},
      {"x_least", fmt::format("{:.4f}", least / 1.02)},
      {"x_most", fmt::format("{:.4f}", most)}};
  return graph;
}

}  // namespace

std::vector<Graph> graphs_of(const std::vector<ScenarioResult>& results, const Origin& origin) {
  std::vector<Graph> graphs;
  for (const Family& family : families_of(results)) {
    const bool compared = family.members.front().second->plan().quantity != Quantity::kValue;
    if (compared && family.members.size() >= 3) graphs.push_back(curve(family));
  }
  for (const ScenarioResult& result : results) {
    if (!result.plan().judged || result.rounds() == 0) continue;
    if (!result.plan().operation.empty()) graphs.push_back(latency_graph(result));
    graphs.push_back(ratio_graph(result));
  }
  add_value_graphs(results, graphs);
  add_triplet_graphs(results, graphs);
  std::erase_if(graphs, [](const Graph& graph) { return graph.settings.front().second.empty(); });
  for (Graph& graph : graphs) {
    graph.settings.emplace_back("machine", origin.machine);
    graph.settings.emplace_back("command", origin.command);
  }
  return graphs;
}

}  // namespace loopmark::harness
