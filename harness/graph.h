// SPDX-License-Identifier: MIT
//
// What a graph shows, as the files that its gnuplot script takes: NAME.tsv with a block of lines
// for each arm, and NAME.gp with titles, units and the arms' names.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "harness/bench_results.h"
#include "harness/families.h"

namespace loopmark::harness {

struct Graph {
  std::string name;    // of its files: "fd_scaling-by-fds-active-1"
  std::string script;  // in scripts/plots
  std::string data;    // NAME.tsv
  std::vector<std::pair<std::string, std::string>> settings;  // NAME.gp: variables of the script

  std::string settings_text() const;
};

using Points = std::vector<std::pair<double, double>>;

/// One line or set of points in a graph.
struct Series {
  std::string name;
  Points points;
};

/// A graph of lines, the highest first, as the legend stands beside them; those without points are
/// left out.
Graph line_graph(const std::string& name, const char* script, std::vector<Series> series);

/// `text` with '-' for what does not belong into a file's name.
std::string file_name(std::string text);

/// A ratio with the interval that is drawn: none, where there were too few rounds for one.
Ratio drawn(Ratio ratio);

/// What begins the subject of a graph that nobody shall believe, or whose points at these parameters;
/// empty for all others.
std::string invalid_mark(const ScenarioResult& result);
std::string invalid_mark(const Family& family);

/// The durations that so many values do not exceed, from the smallest to the percentile that ten
/// values lie above; x is 1 in so many.
Points percentile_points(const Histogram& histogram);

}  // namespace loopmark::harness
