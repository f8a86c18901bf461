// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "harness/cell.h"
#include "harness/programs.h"
#include "harness/worker_process.h"

namespace loopmark::harness {
namespace {

std::string reproduction(const Cell& cell, const CellSettings& settings) {
  const std::filesystem::path module = cell.backend->module;
  const bool standard = module.empty() || module.parent_path() == program_folder() / "modules";
  return fmt::format("loopmark conform -b {} -k {} --seed {}{}", cell.backend->name,
                     cell.test->id(), settings.seed,
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

/// The workers under way, and the runs that are to come.
class Crew {
 public:
  Crew(const std::vector<Cell>& cells, const CellSettings& settings, Interruption& interruption,
       const std::function<void(const CellResult&)>& done)
      : cells_(cells),
        settings_(settings),
        interruption_(interruption),
        done_(done),
        runs_(cells.size()) {}

  bool run() {
    while (next_ < total() || !busy_.empty()) {
      if (interruption_.requested()) return false;  // busy_ goes, and the workers with it
      engage();
      wait();
      collect();
    }
    return true;
  }

 private:
  struct Busy {
    std::size_t cell;
    std::unique_ptr<WorkerProcess> worker;
  };

  std::size_t repeat() const { return static_cast<std::size_t>(settings_.repeat); }
  std::size_t total() const { return cells_.size() * repeat(); }

  void engage() {
    while (next_ < total() && busy_.size() < settings_.jobs) {
      const std::size_t index = next_++ / repeat();
      const Cell& cell = cells_[index];
      if (!cell.backend->ready()) {
        if (next_ % repeat() == 0) done_(unrun(cell));
        continue;
      }
      std::vector<std::string> arguments = worker_arguments(cell, settings_);
      arguments.insert(arguments.end(), {"--result-fd", std::to_string(kResultFd)});
      busy_.push_back({index, std::make_unique<WorkerProcess>(
                                  WorkerCommand{.arguments = std::move(arguments),
                                                .time_limit = settings_.time_limit,
                                                .traced_on_timeout = settings_.traced})});
    }
  }

  void wait() const {
    if (busy_.empty()) return;
    std::vector<pollfd> entries{{interruption_.fd(), POLLIN, 0}};
    TimePoint wake = TimePoint::max();
    for (const Busy& each : busy_) {
      each.worker->add_poll_entries(entries);
      wake = std::min(wake, each.worker->wake_at());
    }
    ::poll(entries.data(), entries.size(), poll_timeout(wake));
  }

  void collect() {
    for (const Busy& each : busy_) {
      each.worker->serve();
      if (each.worker->ended()) finish(each);
    }
    std::erase_if(busy_, [](const Busy& each) { return each.worker->ended(); });
  }

  void finish(const Busy& busy) {
    const Cell& cell = cells_[busy.cell];
    const WorkerOutcome& outcome = busy.worker->outcome();
    CellResult result = unrun(cell);
    const DeclaredDeviation* const declared =
        declared_for(cell.backend->deviations, cell.test->clause, cell.test->name);
    result.outcome = judge_worker(outcome);
    result.verdict = judge_cell(result.outcome.verdict, declared);
    if (declared != nullptr) result.deviation = declared->reason;
    result.seconds = std::chrono::duration<double>(outcome.elapsed).count();
    result.reproduce = reproduction(cell, settings_);
    result.output = outcome.output;
    result.errors = outcome.errors;
    result.stacks = outcome.stacks;
    runs_[busy.cell].push_back(std::move(result));
    if (runs_[busy.cell].size() < repeat()) return;
    done_(combine(runs_[busy.cell]));
    runs_[busy.cell] = {};
  }

  const std::vector<Cell>& cells_;
  const CellSettings& settings_;
  Interruption& interruption_;
  const std::function<void(const CellResult&)>& done_;
  std::vector<std::vector<CellResult>> runs_;  // by cell
  std::vector<Busy> busy_;
  std::size_t next_ = 0;
};

}  // namespace

std::vector<std::string> worker_arguments(const Cell& cell, const CellSettings& settings) {
  std::vector<std::string> arguments{settings.worker, "--backend", cell.backend->name};
  if (!cell.backend->module.empty()) {
    arguments.insert(arguments.end(), {"--module", cell.backend->module});
  }
  arguments.insert(arguments.end(),
                   {"--case", cell.test->id(), "--seed", std::to_string(settings.seed)});
  return arguments;
}

bool run_cells(const std::vector<Cell>& cells, const CellSettings& settings,
               Interruption& interruption, const std::function<void(const CellResult&)>& done) {
  return Crew(cells, settings, interruption, done).run();
}

}  // namespace loopmark::harness
