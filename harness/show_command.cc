// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>

#include "harness/bench_export.h"
#include "harness/bench_output.h"
#include "harness/bench_plan.h"
#include "harness/command.h"
#include "harness/conform_output.h"
#include "harness/file_text.h"
#include "harness/origin.h"
#include "harness/report.h"
#include "harness/stored_bench.h"
#include "harness/stored_run.h"
#include "reactors/base/nearest.h"

namespace loopmark::harness {
namespace {

struct ShowOptions {
  std::string run = "latest";
  std::vector<std::string> cell;
  std::vector<std::string> scenarios;  // selectors; none: all, and the matrix
  OutputStyle output;
};

/// The log that was stored with a failed cell holds more than the journal: stacks, and what the
/// worker wrote.
std::string stored_report(const StoredRun& run, const CellResult& cell) {
  const std::optional<std::string> stored = file_text(run.folder / log_name(cell));
  return stored ? *stored : full_report(cell);
}

/// The names of what is in the table, for a suggestion.
template <class Name>
std::vector<std::string> names(const std::vector<CellResult>& table, Name name) {
  std::set<std::string> all;
  for (const CellResult& cell : table) all.insert(name(cell));
  return {all.begin(), all.end()};
}

ExitCode show_cell(const StoredRun& run, const std::string& backend, const std::string& which) {
  const std::vector<CellResult> table = run.table();
  const auto backends = names(table, [](const CellResult& cell) { return cell.backend; });
  if (std::find(backends.begin(), backends.end(), backend) == backends.end()) {
    throw UsageError("the run has no backend '" + backend + "'" + did_you_mean(backend, backends));
  }
  bool found = false;
  for (const CellResult& cell : table) {
    const bool meant = cell.case_id() == which || cell.clause == which || cell.name == which;
    if (cell.backend != backend || !meant) continue;
    fmt::print("{}{}", found ? "\n" : "", stored_report(run, cell));
    found = true;
  }
  if (found) return ExitCode::kOk;
  throw UsageError(
      "the run has no case '" + which + "' on " + backend +
      did_you_mean(which, names(table, [](const CellResult& cell) { return cell.case_id(); })));
}

bool is_about_bench(const ShowOptions& options) {
  const std::string& format = options.output.format;
  return format == "csv" || format == "gbench" || !options.scenarios.empty();
}

/// The benchmarks, those chosen, below the matrix where there is one.
void print_bench(const RunFolder& folder, const ShowOptions& options) {
  StoredBench bench = read_bench(folder.path());
  std::set<std::string> workloads;
  for (const ScenarioResult& each : bench.results) workloads.insert(each.plan().workload);
  for (const std::string& selector : options.scenarios) {
    const bool found = std::any_of(
        bench.results.begin(), bench.results.end(),
        [&](const ScenarioResult& each) { return is_selected(each.plan(), {selector}); });
    if (!found)
      throw UsageError(fmt::format("the run has no scenario '{}'; its workloads are {}", selector,
                                   fmt::join(workloads, ", ")));
  }
  std::erase_if(bench.results, [&](const ScenarioResult& each) {
    return !is_selected(each.plan(), options.scenarios);
  });
  if (bench.torn || !bench.complete)
    fmt::print(stderr, "the benchmarks are not complete; --resume goes on with them\n");
  print_results(bench.results, bench.folder, options.output.format);
}

/// Everything in one object.
void print_json(const RunFolder& folder) {
  Json whole = folder.record();
  if (folder.holds("conform")) {
    const StoredRun run = read_run(folder.path());
    for (const CellResult& cell : run.table()) whole["cells"].push_back(to_json(cell));
  }
  if (folder.holds("bench"))
    whole["bench"] = bench_json(read_bench(folder.path()).results, origin_of(folder));
  fmt::print("{}\n", to_pretty(whole));
}

ExitCode show(const ShowOptions& options) {
  const RunFolder folder = RunFolder::open(options.run);
  const std::string& format = options.output.format;
  if (!options.cell.empty() && options.cell.size() != 2)
    throw UsageError("a cell is a backend and a case: loopmark show latest epoll TIME-BASIC-01");
  if (!options.scenarios.empty() && (!options.cell.empty() || format == "junit"))
    throw UsageError("-k chooses benchmarks, and a cell and junit are of conformance");
  if (is_about_bench(options)) {
    print_bench(folder, options);
    return ExitCode::kOk;
  }
  if (format == "json" && options.cell.empty()) {
    print_json(folder);
    return ExitCode::kOk;
  }
  const bool has_bench = folder.holds("bench") && options.cell.empty() && format != "junit";
  if (folder.holds("conform") || !has_bench) {
    const StoredRun run = read_run(folder.path());
    if (run.torn) fmt::print(stderr, "the journal's last line is torn; it is left out\n");
    if (!options.cell.empty()) return show_cell(run, options.cell[0], options.cell[1]);
    print_run(run, run.table(), options.output);
  }
  if (has_bench) print_bench(folder, options);
  return ExitCode::kOk;
}

}  // namespace

CommandBody define_show(CLI::App& app) {
  const auto options = std::make_shared<ShowOptions>();
  app.add_option("run", options->run, "A stored run: its name or folder, or latest (default)");
  app.add_option("cell", options->cell, "One cell of it: a backend, and a case, clause or name")
      ->expected(0, 2);
  add_list(app, "-k,--select", options->scenarios,
           "Only these benchmarks: workloads or scenarios, as for bench; laws as these alone show "
           "them");
  app.add_option("--format", options->output.format,
                 "text, json or md; junit of conformance, csv or gbench of benchmarks")
      ->check(one_of({"text", "json", "md", "junit", "csv", "gbench"}));
  app.add_option("--color", options->output.color, "auto, always or never")
      ->check(one_of({"auto", "always", "never"}));
  app.add_flag("-q,--quiet", options->output.quiet, "No matrix");
  app.add_flag("-v,--verbose", options->output.verbose, "A matrix with a row a clause");
  return [options] { return show(*options); };
}

}  // namespace loopmark::harness
