// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <memory>

#include "harness/command.h"
#include "harness/run_folder.h"
#include "harness/run_names.h"
#include "harness/text_table.h"

namespace loopmark::harness {
namespace {

struct BaselineOptions {
  std::string name;
  std::string run = "latest";
};

ExitCode set(const BaselineOptions& options) {
  const RunFolder folder = RunFolder::open(options.run);
  set_baseline(options.name, folder.path());
  fmt::print("{} is {}\n", options.name, folder.path().string());
  return ExitCode::kOk;
}

ExitCode list() {
  std::vector<std::vector<std::string>> rows;
  for (const Baseline& each : baselines())
    rows.push_back({each.name, each.run.string(), each.there ? "" : "GONE"});
  fmt::print("{}", text_table(rows, false));
  return ExitCode::kOk;
}

ExitCode remove(const BaselineOptions& options) {
  remove_baseline(options.name);
  return ExitCode::kOk;
}

}  // namespace

CommandBody define_baseline(CLI::App& app) {
  const auto options = std::make_shared<BaselineOptions>();
  app.require_subcommand(1);
  CLI::App* const set_app = app.add_subcommand("set", "Give a stored run a name");
  set_app->add_option("name", options->name, "The name")->required();
  set_app->add_option("run", options->run, "The run (latest)");
  CLI::App* const list_app = app.add_subcommand("list", "The names, and what they stand for");
  CLI::App* const remove_app = app.add_subcommand("remove", "Remove a name, and not the run");
  remove_app->add_option("name", options->name, "The name")->required();
  return [options, set_app, list_app] {
    if (*set_app) return set(*options);
    return *list_app ? list() : remove(*options);
  };
}

}  // namespace loopmark::harness
