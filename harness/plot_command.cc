// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "harness/command.h"
#include "harness/executables.h"
#include "harness/origin.h"
#include "harness/plot_data.h"
#include "harness/stored_bench.h"
#include "harness/worker.h"

namespace loopmark::harness {
namespace fs = std::filesystem;
namespace {

struct PlotOptions {
  std::string run;
};

std::string gnuplot() {
  const fs::path program = find_program("gnuplot");
  if (!program.empty()) return program;
  throw EnvironmentError(
      "gnuplot, which draws the graphs, is not there: apt-get install gnuplot-nox");
}

/// scripts/plots of the tree that this program was built in, or beside it.
fs::path scripts_folder() {
  for (const fs::path& folder : {fs::path(LOOPMARK_PLOT_SCRIPTS), program_folder() / "plots"}) {
    if (fs::exists(folder / "curve.gp")) return folder;
  }
  throw EnvironmentError("the gnuplot scripts are not there: " LOOPMARK_PLOT_SCRIPTS);
}

void draw(const std::string& program, const Graph& graph, const RunFolder& folder) {
  const fs::path scripts = scripts_folder();
  const fs::path data = folder / ("plots/data/" + graph.name);
  for (const char* kind : {"svg", "png"}) {
    const fs::path picture = folder / ("plots/" + graph.name + "." + kind);
    const WorkerOutcome outcome =
        run_worker({.arguments = {program, "-c", scripts / graph.script, data, picture},
                    .time_limit = std::chrono::minutes(1),
                    .traced_on_timeout = false});
    if (outcome.end != WorkerOutcome::End::kExited || outcome.code != 0) {
      throw EnvironmentError(
          fmt::format("gnuplot {} on {}: {}", describe(outcome), graph.script, outcome.errors));
    }
    fmt::print("{}\n", picture.string());
  }
}

ExitCode plot(const PlotOptions& options) {
  const std::string program = gnuplot();
  const StoredBench bench = read_bench(options.run);
  const RunFolder& folder = bench.folder;
  const std::vector<Graph> graphs = graphs_of(bench.results, origin_of(folder));
  if (graphs.empty()) throw NothingRan("there is nothing to draw in " + folder.path().string());
  for (const Graph& graph : graphs) {
    folder.write_file("plots/data/" + graph.name + ".tsv", graph.data);
    folder.write_file("plots/data/" + graph.name + ".gp", graph.settings_text());
    draw(program, graph, folder);
  }
  return ExitCode::kOk;
}

}  // namespace

CommandBody define_plot(CLI::App& app) {
  const auto options = std::make_shared<PlotOptions>();
  app.add_option("run", options->run, "A stored run: its folder, its name, or latest (default)");
  return [options] { return plot(*options); };
}

}  // namespace loopmark::harness
