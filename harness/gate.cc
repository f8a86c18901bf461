// SPDX-License-Identifier: MIT
#include "harness/gate.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "harness/case_catalogue.h"
#include "harness/cell.h"
#include "harness/executables.h"
#include "harness/exit_code.h"
#include "harness/worker_pool.h"

namespace loopmark::harness {
namespace {

std::vector<CaseInfo> cases_of(const std::vector<ScenarioPlan>& plan, const std::string& worker) {
  std::set<std::string> clauses;
  for (const ScenarioPlan& scenario : plan) {
    clauses.insert(scenario.clauses.begin(), scenario.clauses.end());
  }
  std::vector<CaseInfo> cases;
  if (clauses.empty()) return cases;
  std::set<std::string> missing = clauses;
  for (CaseInfo& each : list_cases(worker)) {
    if (!clauses.contains(each.clause)) continue;
    missing.erase(each.clause);
    cases.push_back(std::move(each));
  }
  if (missing.empty()) return cases;
  throw EnvironmentError(fmt::format("a workload depends on {}, which no case judges: mend its row",
                                     fmt::join(missing, ", ")));
}

bool kept(Verdict verdict) {
  return verdict == Verdict::kPass || verdict == Verdict::kNotSupported;
}

}  // namespace

void strike_out(std::vector<ScenarioPlan>& plan, const std::vector<const BackendInfo*>& backends,
                Interruption& interruption) {
  const std::string worker = case_worker();
  const std::vector<CaseInfo> cases = cases_of(plan, worker);
  std::vector<Cell> cells;
  for (const BackendInfo* const backend : backends) {
    if (!backend->ready()) continue;
    for (const CaseInfo& each : cases) cells.push_back({backend, &each});
  }
  std::map<std::string, std::map<std::string, std::string>> failed;  // backend, clause: verdict
  const CellSettings settings{.worker = worker, .jobs = default_jobs()};
  const bool all = run_cells(cells, settings, interruption, [&](const CellResult& cell) {
    if (!kept(cell.verdict)) failed[cell.backend][cell.clause] = verdict_text(cell);
  });
  if (!all)
    throw CommandError(ExitCode::kInterrupted,
                       "interrupted before anything was measured or stored");
  for (ScenarioPlan& scenario : plan) {
    for (ArmPlan& arm : scenario.arms) {
      const auto found = failed.find(arm.arm);
      if (found == failed.end()) continue;
      for (const std::string& clause : scenario.clauses) {
        const auto verdict = found->second.find(clause);
        if (verdict == found->second.end()) continue;
        arm.struck += (arm.struck.empty() ? "" : "; ") + clause + ": " + verdict->second;
      }
    }
  }
}

}  // namespace loopmark::harness
