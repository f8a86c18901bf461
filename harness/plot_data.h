// SPDX-License-Identifier: MIT
//
// What a graph shows, as the files that its gnuplot script takes: NAME.tsv with a block of lines
// for each arm, and NAME.gp with titles, units and the arms' names.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "harness/bench_results.h"

namespace loopmark::harness {

struct Graph {
  std::string name;    // of its files: "fd_scaling-by-fds-active-1"
  std::string script;  // in scripts/plots
  std::string data;    // NAME.tsv
  std::vector<std::pair<std::string, std::string>> settings;  // NAME.gp: variables of the script

  std::string settings_text() const;
};

/// Where, when and with what it was measured: two lines at the foot of each graph.
struct Origin {
  std::string machine;
  std::string command;
};

/// All graphs that these results can give:
/// - a curve for each parameter that was measured at three values or more, the others being equal
/// (curve.gp);
/// - what single operations took, up to the percentile that ten of them lie above (latency.gp);
/// - how each arm compares with the baseline (ratios.gp).
std::vector<Graph> graphs_of(const std::vector<ScenarioResult>& results, const Origin& origin);

}  // namespace loopmark::harness
