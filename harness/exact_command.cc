// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "harness/bench_run.h"
#include "harness/command.h"
#include "harness/counts_summary.h"
#include "harness/exact_pass.h"
#include "harness/exact_table.h"
#include "harness/executables.h"
#include "harness/interruption.h"

namespace loopmark::harness {
namespace {

struct ExactOptions {
  BenchOptions bench;
  std::vector<std::string> arms;  // only these; none: all
  std::size_t runs = 2;
  bool curves = false;
};

/// The scenarios with verdicts, and points of curves if these are wanted, with the arms that are
/// wanted, before anything is counted.
std::vector<ScenarioResult> uncounted(const std::vector<ScenarioPlan>& plans,
                                      const std::vector<std::string>& wanted, bool curves) {
  std::vector<ScenarioResult> results;
  for (const ScenarioPlan& plan : plans) {
    std::vector<ArmResult> arms;
    for (const ArmPlan& arm : plan.arms) {
      const bool named = std::find(wanted.begin(), wanted.end(), arm.label) != wanted.end();
      if (wanted.empty() || named) arms.emplace_back().plan = arm;
    }
    if ((plan.judged || curves) && !arms.empty()) results.emplace_back(scenario_record(plan, arms));
  }
  if (results.empty())
    throw NothingRan(curves
                         ? "no scenario has such arms"
                         : "no scenario with a verdict has such arms; --curves takes the others");
  return results;
}

void print_results(const std::vector<ScenarioResult>& results, const std::string& format) {
  Json all = Json::array();
  for (const ScenarioResult& result : results) {
    const ScenarioPlan& plan = result.plan();
    if (format != "json")
      fmt::print("\n{} {}\n{}", plan.workload, plan.parameters,
                 exact_table(result, format == "md"));
    for (const ArmResult& arm : result.arms()) {
      if (arm.exact.is_null()) continue;
      all.push_back({{"workload", plan.workload},
                     {"parameters", plan.parameters},
                     {"arm", arm.plan.label},
                     {"exact", arm.exact}});
    }
  }
  if (format == "json") fmt::print("{}\n", to_pretty(all));
}

ExitCode exact(ExactOptions& options) {
  options.bench.in_folder = false;
  Interruption interruption;
  const BenchRun run = new_run(options.bench, interruption);
  std::vector<ScenarioResult> results =
      uncounted(run.plan, options.arms, options.curves || !options.bench.choice.parameters.empty());
  const bool complete =
      count_here(workload_worker(), options.runs, true, results, interruption, [](const Json&) {});
  print_results(results, options.bench.format);
  if (!complete) return ExitCode::kInterrupted;
  const CountsSummary summary = summary_of_counts(results);
  fmt::print(stderr, "{}\n", to_text(summary));
  return summary.unexplained > 0 ? ExitCode::kFailed : ExitCode::kOk;
}

}  // namespace

CommandBody define_exact(CLI::App& app) {
  const auto options = std::make_shared<ExactOptions>();
  BenchOptions& bench = options->bench;
  add_list(app, "-b,--backend", bench.backends, "Backends, as for bench");
  add_list(app, "-k,--select", bench.choice.selectors, "Workloads or scenarios, as for bench");
  add_list(app, "--param", bench.choice.parameters,
           "NAME=VALUE,... instead of the listed scenarios");
  add_list(app, "--module", bench.modules, "A further backend module");
  add_list(app, "--arm", options->arms, "Only this arm, such as bare/epoll");
  app.add_flag("--curves", options->curves, "The scenarios without a verdict, too");
  app.add_flag("--quick", bench.choice.quick, "Only the scenarios of the short profile");
  app.add_flag("!--no-api", bench.choice.library_arms,
               "Leave out the arms over libraries' own interfaces");
  app.add_option("--runs", options->runs, "Processes for each count, which must all agree")
      ->check(CLI::PositiveNumber);
  app.add_option("--format", bench.format, "text, json or md")
      ->check(one_of({"text", "json", "md"}));
  return [options] { return exact(*options); };
}

}  // namespace loopmark::harness
