// SPDX-License-Identifier: MIT
#include "harness/graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace loopmark::harness {
namespace {

/// Puts them in order, and leaves out what has no points, and libraries by themselves: these lie so near to their wrappers
/// that a line for each makes a tangle (triplets and bars show them).
void order_as_seen(std::vector<Series>& series) {
  std::erase_if(series, [](const Series& each) {
    return each.points.empty() || each.name.starts_with("api:");
  });
  std::stable_sort(series.begin(), series.end(), [](const Series& a, const Series& b) {
    if (a.points.back().first != b.points.back().first) {
      return a.points.back().first <
             b.points.back().first;  // those that end early are the steep ones
    }
    return a.points.back().second > b.points.back().second;
  });
}

std::string gnuplot_string(const std::string& text) {
  std::string inside;
  for (const char c : text)
    inside += c == '\'' ? "''" : std::string(1, c < ' ' && c >= 0 ? ' ' : c);
  return "'" + inside + "'";
}

}  // namespace

std::string file_name(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '=' || c == ',' || c == ' ' || c == '/'; },
      '-');
  text.erase(
      std::unique(text.begin(), text.end(), [](char a, char b) { return a == '-' && b == '-'; }),
      text.end());
  text.erase(text.find_last_not_of('-') + 1);
  return text;
}

Graph line_graph(const std::string& name, const char* script, std::vector<Series> series) {
  if (std::string_view(script) == "curve.gp") {  // whose axes are logarithmic
    for (Series& each : series)
      std::erase_if(each.points, [](const auto& point) { return point.first <= 0; });
  }
  order_as_seen(series);
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

Ratio drawn(Ratio ratio) {
  if (!std::isfinite(ratio.high)) ratio.low = ratio.high = ratio.value;
  return ratio;
}

std::string invalid_mark(const ScenarioResult& result) {
  return result.invalid() ? "INVALID, believe none of this; " : "";
}

std::string invalid_mark(const Family& family) {
  std::string points;
  for (const auto& [x, result] : family.members) {
    if (result->invalid()) points += fmt::format("{}{:g}", points.empty() ? "" : ", ", x);
  }
  return points.empty() ? "" : fmt::format("INVALID at {}={}; ", family.parameter, points);
}

Points percentile_points(const Histogram& histogram) {
  Points points;
  for (int step = 0;; ++step) {
    const double one_in = std::pow(10, step / 24.0);
    const double q = 1 - 1 / one_in;
    if (histogram.beyond(q) < 10) return points;
    points.emplace_back(one_in, histogram.percentile(q));
  }
}

std::string Graph::settings_text() const {
  std::string text;
  for (const auto& [variable, value] : settings)
    text += variable + " = " + gnuplot_string(value) + "\n";
  return text;
}

}  // namespace loopmark::harness
