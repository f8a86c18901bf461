// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <memory>

#include "harness/blessing.h"
#include "harness/command.h"

namespace loopmark::harness {
namespace {

struct BlessOptions {
  std::string run;
  std::string name;
};

ExitCode bless_run(const BlessOptions& options) {
  const RunFolder run = RunFolder::open(options.run);
  const std::vector<std::string> objections = objections_to_blessing(run);
  if (!objections.empty()) {
    throw CommandError(ExitCode::kFailed,
                       fmt::format("{} cannot be blessed:\n  {}", run.path().string(),
                                   fmt::join(objections, "\n  ")));
  }
  for (const std::string& reservation : reservations_about(run))
    fmt::print(stderr, "warning: {}\n", reservation);
  const std::string name = options.name.empty() ? run.path().filename().string() : options.name;
  const std::string copy = bless(run, name).string();
  fmt::print("blessed {} as {}\n", run.path().string(), copy);
  if (run.holds("bench")) fmt::print("its graphs: loopmark plot {}\n", copy);
  return ExitCode::kOk;
}

}  // namespace

CommandBody define_bless(CLI::App& app) {
  const auto options = std::make_shared<BlessOptions>();
  app.add_option("run", options->run, "A stored run: its name or folder, latest, a baseline")
      ->required()
      ->type_name("RUN");
  app.add_option("--as", options->name, "The copy's name (the run's own)")->type_name("NAME");
  return [options] { return bless_run(*options); };
}

}  // namespace loopmark::harness
