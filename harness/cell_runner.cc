// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "harness/cell.h"
#include "harness/executables.h"
#include "harness/worker_pool.h"

namespace loopmark::harness {
namespace {

std::string reproduction(const Cell& cell) {
  const std::filesystem::path module = cell.backend->module;
  const bool standard = module.empty() || module.parent_path() == program_folder() / "modules";
  return fmt::format("loopmark conform -b {} -k {}{}", cell.backend->name, cell.test->id(),
                     standard ? "" : " --module " + module.string());
}

/// Puts together the runs of one cell: one verdict if they agree, else flaky, with the details of
/// the first that did not pass.
CellResult combine(const std::vector<CellResult>& runs) {
  const auto differs = [&runs](const CellResult& run) {
    return run.verdict != runs.front().verdict;
  };
  const auto not_passed = [](const CellResult& run) { return run.verdict != Verdict::kPass; };
  const auto worst = std::find_if(runs.begin(), runs.end(), not_passed);
  CellResult cell = worst == runs.end() ? runs.front() : *worst;
  if (std::any_of(runs.begin(), runs.end(), differs)) cell.verdict = Verdict::kFlaky;
  cell.runs = static_cast<int>(runs.size());
  cell.passes = cell.runs - static_cast<int>(std::count_if(runs.begin(), runs.end(), not_passed));
  for (const CellResult& run : runs) cell.seconds = std::max(cell.seconds, run.seconds);
  return cell;
}

/// What one run of `cell` came to.
CellResult judged(const Cell& cell, const WorkerOutcome& outcome) {
  CellResult result = unrun(cell);
  const DeclaredDeviation* const declared =
      declared_for(cell.backend->deviations, cell.test->clause, cell.test->name);
  result.outcome = judge_worker(outcome);
  result.verdict = judge_cell(result.outcome.verdict, declared);
  if (declared != nullptr) result.deviation = declared->reason;
  result.seconds = std::chrono::duration<double>(outcome.elapsed).count();
  result.reproduce = reproduction(cell);
  result.output = outcome.output;
  result.errors = outcome.errors;
  result.stacks = outcome.stacks;
  return result;
}

}  // namespace

std::vector<std::string> worker_arguments(const Cell& cell, const CellSettings& settings) {
  std::vector<std::string> arguments{settings.worker, "--backend", cell.backend->name};
  if (!cell.backend->module.empty()) {
    arguments.insert(arguments.end(), {"--module", cell.backend->module});
  }
  arguments.insert(arguments.end(), {"--case", cell.test->id()});
  return arguments;
}

bool run_cells(const std::vector<Cell>& cells, const CellSettings& settings,
               Interruption& interruption, const std::function<void(const CellResult&)>& done) {
  const auto repeat = static_cast<std::size_t>(settings.repeat);
  std::vector<std::vector<CellResult>> runs(cells.size());
  const auto command = [&](std::size_t run) -> std::optional<WorkerCommand> {
    const Cell& cell = cells[run / repeat];
    if (settings.wanted && !settings.wanted(cell)) return std::nullopt;
    if (!cell.backend->ready()) {
      if (run % repeat == 0) done(unrun(cell));
      return std::nullopt;
    }
    std::vector<std::string> arguments = worker_arguments(cell, settings);
    arguments.insert(arguments.end(), {"--result-fd", std::to_string(kResultFd)});
    return WorkerCommand{.arguments = std::move(arguments),
                         .time_limit = settings.time_limit,
                         .traced_on_timeout = settings.traced};
  };
  return run_workers(cells.size() * repeat, settings.jobs, interruption, command,
                     [&](std::size_t run, const WorkerOutcome& outcome) {
                       std::vector<CellResult>& of_cell = runs[run / repeat];
                       of_cell.push_back(judged(cells[run / repeat], outcome));
                       if (of_cell.size() < repeat) return;
                       done(combine(of_cell));
                       of_cell = {};
                     });
}

}  // namespace loopmark::harness
