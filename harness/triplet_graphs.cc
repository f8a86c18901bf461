// SPDX-License-Identifier: MIT
#include "harness/triplet_graphs.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "harness/triplets.h"

namespace loopmark::harness {
namespace {

Graph triplet_graph(const std::string& backend, const std::vector<Triplet>& triplets) {
  Graph graph{file_name("triplets-" + backend), "triplets.gp", "", {}};
  double least = 0.95;
  double most = 1.05;
  graph.data = "# scenario\tlibrary\tlow\thigh\twrapper\tlow\thigh\tlabel\n";
  for (const Triplet& each : triplets) {
    const Ratio library = drawn(each.library_to_bare);
    const Ratio wrapper = drawn(each.wrapper_to_bare);
    least = std::min({least, library.value, wrapper.value});
    most = std::max({most, library.high, wrapper.high});
    graph.data += fmt::format(
        "{}\t{:.5f}\t{:.5f}\t{:.5f}\t{:.5f}\t{:.5f}\t{:.5f}\t{}\n", each.scenario->plan().id(),
        library.value, library.low, library.high, wrapper.value, wrapper.low, wrapper.high,
        each.scenario->invalid()
            ? "INVALID"
            : fmt::format("wrapper {:+.1f} %", 100 * (each.wrapper_to_library.value - 1)));
  }
  graph.settings = {
      {"arms", backend},
      {"heading", fmt::format("{}: the library's own interface, and our wrapper over it", backend)},
      {"subject",
       "times the bare loop; hollow: the library itself, full: our wrapper; whiskers: 99 % "
       "intervals"},
      {"x_label", "times " + triplets.front().scenario->baseline().plan.label + " (log scale)"},
      {"x_least", fmt::format("{:.4f}", least / 1.03)},
      {"x_most", fmt::format("{:.4f}", most)}};
  return graph;
}

}  // namespace

void add_triplet_graphs(const std::vector<ScenarioResult>& results, std::vector<Graph>& graphs) {
  std::map<std::string, std::vector<Triplet>> by_backend;
  for (const Triplet& each : triplets_of(results)) {
    if (each.scenario->plan().judged) by_backend[each.backend].push_back(each);
  }
  for (const auto& [backend, triplets] : by_backend)
    graphs.push_back(triplet_graph(backend, triplets));
}

}  // namespace loopmark::harness
