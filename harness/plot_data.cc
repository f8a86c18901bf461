// SPDX-License-Identifier: MIT
#include "harness/plot_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/bench_table.h"
#include "harness/families.h"

namespace loopmark::harness {
namespace {

using Points = std::vector<std::pair<double, double>>;

/// For a file's name.
std::string file_name(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '=' || c == ',' || c == ' ' || c == '/'; },
      '-');
  text.erase(
      std::unique(text.begin(), text.end(), [](char a, char b) { return a == '-' && b == '-'; }),
      text.end());
  return text;
}

/// One line or set of points in a graph.
struct Series {
  std::string name;
  Points points;
  double last() const { return points.back().second; }
};

/// The highest line first, as the legend stands beside them.
void order_as_seen(std::vector<Series>& series) {
  std::erase_if(series, [](const Series& each) { return each.points.empty(); });
  std::stable_sort(series.begin(), series.end(), [](const Series& a, const Series& b) {
    if (a.points.back().first != b.points.back().first) {
      return a.points.back().first <
             b.points.back().first;  // those that end early are the steep ones
    }
    return a.last() > b.last();
  });
}

Graph line_graph(const std::string& name, const char* script, const std::vector<Series>& series) {
  Graph graph{name, script, "", {}};
  std::string arms;
  for (const Series& each : series) {
    arms += (arms.empty() ? "" : " ") + each.name;
    graph.data += fmt::format("# {}\n", each.name);
    for (const auto& [x, y] : each.points) graph.data += fmt::format("{:.7g}\t{:.7g}\n", x, y);
    graph.data += "\n\n";
  }
  graph.settings = {{"arms", arms}};
  return graph;
}

/// Whether it is something to show, and not a check.
bool is_shown(const ArmResult& arm) {
  return arm.plan.label != kTwin && arm.plan.label != kPlanted;
}

std::vector<std::string> shown_arms(const Family& family) {
  std::vector<std::string> labels;
  for (const auto& [_, result] : family.members) {
    for (const ArmResult& arm : result->arms()) {
      const bool known = std::find(labels.begin(), labels.end(), arm.plan.label) != labels.end();
      if (!known && is_shown(arm)) labels.push_back(arm.plan.label);
    }
  }
  return labels;
}

Graph curve(const Family& family) {
  std::vector<Series> series;
  for (const std::string& label : shown_arms(family)) {
    series.push_back({label, points_of(family, label)});
  }
  order_as_seen(series);
  const ScenarioPlan& plan = family.members.front().second->plan();
  Graph graph = line_graph(file_name(fmt::format("{}-by-{}-{}", family.workload, family.parameter,
                                                 text_of(family.others))),
                           "curve.gp", series);
  graph.settings.insert(
      graph.settings.end(),
      {{"heading", plan.question},
       {"subject", fmt::format("{}{}{}; median, lower is better", family.workload,
                               family.others.empty() ? "" : ", ", text_of(family.others))},
       {"x_label", family.parameter},
       {"y_label", "time per " + plan.unit}});
  return graph;
}

/// From the smallest to the percentile that ten operations lie above; x is 1 in so many.
Points percentiles(const Histogram& latency) {
  Points points;
  for (int step = 0;; ++step) {
    const double one_in = std::pow(10, step / 24.0);
    const double q = 1 - 1 / one_in;
    if (latency.beyond(q) < 10) return points;
    points.emplace_back(one_in, latency.percentile(q));
  }
}

Graph latency_graph(const ScenarioResult& result) {
  std::vector<Series> series;
  for (const ArmResult& arm : result.arms()) {
    if (!is_shown(arm) || arm.latency.count() == 0) continue;
    series.push_back({arm.plan.label, percentiles(arm.latency)});
  }
  order_as_seen(series);
  const ScenarioPlan& plan = result.plan();
  Graph graph =
      line_graph(file_name(plan.workload + "-latency-" + plan.parameters), "latency.gp", series);
  graph.settings.insert(graph.settings.end(),
                        {{"heading", fmt::format("How long a {} takes", plan.operation)},
                         {"subject", fmt::format("{}, {}; all rounds together, lower is better",
                                                 plan.workload, text_of(parameters_of(plan)))},
                         {"y_label", "time per " + plan.operation}});
  return graph;
}

Graph ratio_graph(const ScenarioResult& result) {
  const ScenarioPlan& plan = result.plan();
  Graph graph{file_name(plan.workload + "-ratios-" + plan.parameters), "ratios.gp", "", {}};
  std::vector<std::pair<std::string, Row>> rows;
  for (const ArmResult& arm : result.arms()) {
    if (is_shown(arm) && &arm != &result.baseline() && result.has_row(arm)) {
      rows.emplace_back(arm.plan.label, result.row(arm));
    }
  }
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return a.second.wall.value < b.second.wall.value;
  });
  std::string arms;
  double least = 0.95;
  double most = 1.05;
  graph.data = "# arm\tratio\tlow\thigh\tlabel\n";
  for (const auto& [name, row] : rows) {
    arms += (arms.empty() ? "" : " ") + name;
    const bool bounded = std::isfinite(row.wall.high);
    const double low = bounded ? row.wall.low : row.wall.value;
    const double high = bounded ? row.wall.high : row.wall.value;
    least = std::min(least, low);
    most = std::max(most, high);
    graph.data +=
        fmt::format("{}\t{:.5f}\t{:.5f}\t{:.5f}\t{:.3f}  {}\n", name, row.wall.value, low, high,
                    row.wall.value, result.invalid() ? "INVALID" : to_string(row.verdict));
  }
  graph.settings = {
      {"arms", arms},
      {"heading",
       fmt::format("Time per {}, against the {} loop", plan.unit, result.baseline().plan.label)},
      {"subject", fmt::format("{}, {}; {} rounds, bars end at the median ratio, whiskers are its "
                              "99 % interval",
                              plan.workload, text_of(parameters_of(plan)), result.rounds())},
      {"x_label", "times " + result.baseline().plan.label + " (log scale)"},
      {"x_least", fmt::format("{:.4f}", least / 1.02)},
      {"x_most", fmt::format("{:.4f}", most)}};
  return graph;
}

std::string quoted(const std::string& text) {
  std::string inside;
  for (const char c : text)
    inside += c == '\'' ? "''" : std::string(1, c < ' ' && c >= 0 ? ' ' : c);
  return "'" + inside + "'";
}

}  // namespace

std::string Graph::settings_text() const {
  std::string text;
  for (const auto& [variable, value] : settings) text += variable + " = " + quoted(value) + "\n";
  return text;
}

std::vector<Graph> graphs_of(const std::vector<ScenarioResult>& results, const Origin& origin) {
  std::vector<Graph> graphs;
  for (const Family& family : families_of(results)) {
    if (family.members.size() >= 3) graphs.push_back(curve(family));
  }
  for (const ScenarioResult& result : results) {
    if (!result.plan().judged || result.rounds() == 0) continue;
    if (!result.plan().operation.empty()) graphs.push_back(latency_graph(result));
    graphs.push_back(ratio_graph(result));
  }
  std::erase_if(graphs, [](const Graph& graph) { return graph.settings.front().second.empty(); });
  for (Graph& graph : graphs) {
    graph.settings.emplace_back("machine", origin.machine);
    graph.settings.emplace_back("command", origin.command);
  }
  return graphs;
}

}  // namespace loopmark::harness
