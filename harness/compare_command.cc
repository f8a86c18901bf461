// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <memory>

#include "harness/command.h"
#include "harness/comparison_report.h"
#include "harness/run_differences.h"
#include "harness/stored_bench.h"
#include "harness/stored_run.h"

namespace loopmark::harness {
namespace {

struct CompareOptions {
  std::string before;
  std::string after;
  std::string only;
  double threshold = 0.05;
  bool across = false;
  std::string fail_on;
  std::string format = "text";
  bool verbose = false;
};

/// A part that both runs have and that was asked for. Else a note, where one of them has it.
bool to_compare(const std::string& part, const RunFolder& before, const RunFolder& after,
                const CompareOptions& options, RunComparison& comparison) {
  if (!options.only.empty() && options.only != part) return false;
  if (before.holds(part) == after.holds(part)) return before.holds(part);
  comparison.notes.push_back(
      fmt::format("only the run {} holds {}", before.holds(part) ? "before" : "after", part));
  return false;
}

void add_notes(const std::string& part, const RunFolder& before, const RunFolder& after,
               RunComparison& comparison) {
  for (const auto& [folder, where] : {std::pair(&before, "before"), std::pair(&after, "after")}) {
    if (folder->part(part).value("complete", false)) continue;
    comparison.notes.push_back(fmt::format("{}: the run {} is NOT COMPLETE", part, where));
  }
  for (std::string& line : differences_of_libraries(before.part(part), after.part(part)))
    comparison.notes.push_back(fmt::format("{}: {}", part, std::move(line)));
}

void refuse_unless_asked(const RunComparison& comparison, bool asked) {
  if (comparison.across.empty() || asked) return;
  throw UsageError(
      fmt::format("these runs differ in more than what they tested, so differences may come from "
                  "that; --across compares them all the same:\n  {}",
                  fmt::join(comparison.across, "\n  ")));
}

RunComparison compare_runs(const CompareOptions& options) {
  const RunFolder before = RunFolder::open(options.before);
  const RunFolder after = RunFolder::open(options.after);
  RunComparison comparison{.before = before.path(), .after = after.path()};
  comparison.threshold = options.threshold;
  const bool bench = to_compare("bench", before, after, options, comparison);
  const bool conform = to_compare("conform", before, after, options, comparison);
  if (!bench && !conform) {
    throw NothingRan(fmt::format("there is nothing that both {} and {} hold{}", comparison.before,
                                 comparison.after,
                                 options.only.empty() ? "" : " of " + options.only));
  }
  comparison.across = differences_of_origin(before.record(), after.record(), conform);
  refuse_unless_asked(comparison, options.across);
  if (std::string line = difference_of_commits(before.record(), after.record()); !line.empty())
    comparison.notes.push_back(std::move(line));
  if (bench) {
    add_notes("bench", before, after, comparison);
    const auto was = read_bench(before.path()).results;
    const auto is = read_bench(after.path()).results;
    comparison.bench = compare_bench(was, is, options.threshold);
    comparison.verdicts = verdicts_of_both(was, is);
  }
  if (conform) {
    add_notes("conform", before, after, comparison);
    const StoredRun was = read_run(before.path());
    const StoredRun is = read_run(after.path());
    require_all_cells(was);
    require_all_cells(is);
    comparison.cells = compare_cells(was.table(), is.table());
  }
  return comparison;
}

ExitCode compare(const CompareOptions& options) {
  const RunComparison comparison = compare_runs(options);
  if (options.format == "json") {
    fmt::print("{}\n", to_pretty(comparison_json(comparison)));
  } else {
    fmt::print("{}", comparison_text(comparison, options.format, options.verbose));
  }
  if (options.fail_on.empty()) return ExitCode::kOk;
  if (comparison.has_regression()) return ExitCode::kFailed;
  if (!comparison.bench_is_open()) return ExitCode::kOk;
  throw NothingRan(
      "no benchmark could be judged, so nothing is known of regressions: -v says why of each; "
      "--only conform leaves benchmarks out");
}

/// "5%" as 0.05. A bare number could mean either, so it is refused.
double percentage(const std::string& text) {
  std::size_t read = 0;
  double value = -1;
  try {
    value = std::stod(text, &read);
  } catch (const std::exception&) {
  }
  const std::string rest = text.substr(read);
  if (!(value > 0 && value < 100) || (rest != "%" && rest != " %"))
    throw UsageError("--threshold " + text + ": use a percentage between 0 and 100, such as 5%");
  return value / 100;
}

}  // namespace

CommandBody define_compare(CLI::App& app) {
  const auto options = std::make_shared<CompareOptions>();
  app.add_option("before", options->before, "A stored run: its name or folder, latest, a baseline")
      ->required()
      ->type_name("RUN");
  app.add_option("after", options->after, "Another one")->required()->type_name("RUN");
  app.add_option("--only", options->only, "bench or conform")->check(one_of({"bench", "conform"}));
  app.add_option_function<std::string>(
         "--threshold",
         [options](const std::string& text) { options->threshold = percentage(text); },
         "The smallest change of a benchmark that counts (5%)")
      ->type_name("PERCENT");
  app.add_flag("--across", options->across,
               "Compare runs of different machines, kernels, builds or contracts");
  app.add_option("--fail-on", options->fail_on,
                 "regression: exit code 1 when there is one, 4 when no benchmark could be judged")
      ->check(one_of({"regression"}));
  app.add_option("--format", options->format, "text, json or md")
      ->check(one_of({"text", "json", "md"}));
  app.add_flag("-v,--verbose", options->verbose, "Also what is the same or not comparable");
  return [options] { return compare(*options); };
}

}  // namespace loopmark::harness
