// SPDX-License-Identifier: MIT
#include "harness/stored_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "harness/contract.h"
#include "harness/exit_code.h"
#include "harness/framing.h"
#include "harness/journal.h"
#include "harness/json_text.h"

namespace loopmark::harness {
namespace {

/// A cell of the plan that has no result.
CellResult missing(const std::string& backend, const std::string& case_id) {
  CellResult cell;
  cell.backend = backend;
  cell.clause = case_id.substr(0, case_id.find('/'));
  cell.name = case_id.substr(case_id.find('/') + 1);
  const Clause* const clause = contract().find(cell.clause);
  cell.level = clause ? clause->level : "MUST";
  return cell;
}

bool repeats(const std::vector<std::string>& names) {
  return std::set(names.begin(), names.end()).size() != names.size();
}

/// Why it is no plan that conform makes; empty: it may be one.
std::string fault_of(const ConformPlan& plan) {
  constexpr double kLongest = 7 * 24 * 60 * 60;
  if (repeats(plan.backends) || repeats(plan.cases)) return "a name stands there twice";
  if (!(plan.timeout_seconds > 0 && plan.timeout_seconds <= kLongest))
    return "timeout_seconds is no time limit";
  return plan.repeat < 1 ? "repeat is less than 1" : "";
}

/// What run.json has of a run, before its journal is looked at.
StoredRun begun(RunFolder folder) {
  const auto refuse = [path = (folder / "run.json").string()](const std::string& why) {
    throw EnvironmentError(fmt::format("{}: is not as {} has it: {}", path, kRunSchema,
                                       "/parts/conform/plan: " + why));
  };
  ConformPlan plan;
  try {
    plan = plan_from_json(folder.part("conform").at("plan"));
  } catch (const Json::exception& error) {
    refuse(reason_of(error));
  }
  if (const std::string fault = fault_of(plan); !fault.empty()) refuse(fault);
  const bool complete = folder.part("conform").at("complete");
  return {.folder = std::move(folder), .plan = std::move(plan), .complete = complete};
}

}  // namespace

bool ConformPlan::includes(const CellName& cell) const {
  return only.empty() || std::find(only.begin(), only.end(), cell) != only.end();
}

Json to_json(const ConformPlan& plan) {
  Json json{{"backends", plan.backends},
            {"cases", plan.cases},
            {"modules", plan.modules},
            {"timeout_seconds", plan.timeout_seconds},
            {"repeat", plan.repeat}};
  if (!plan.only.empty()) json["only"] = plan.only;
  return json;
}

ConformPlan plan_from_json(const Json& json) {
  return {.backends = json.at("backends"),
          .cases = json.at("cases"),
          .only = json.value("only", std::vector<CellName>{}),
          .modules = json.at("modules"),
          .timeout_seconds = json.at("timeout_seconds"),
          .repeat = json.at("repeat")};
}

std::vector<CellResult> StoredRun::table() const {
  std::map<CellName, const CellResult*> results;
  for (const CellResult& cell : finished) results[{cell.backend, cell.case_id()}] = &cell;
  std::vector<CellResult> all;
  for (const std::string& case_id : plan.cases) {
    for (const std::string& backend : plan.backends) {
      const auto found = results.find({backend, case_id});
      if (found != results.end()) {
        all.push_back(*found->second);
      } else if (plan.includes({backend, case_id})) {
        all.push_back(missing(backend, case_id));
      }
    }
  }
  return all;
}

StoredRun read_run(const std::string& name) {
  StoredRun run = begun(RunFolder::open(name));
  const std::filesystem::path journal = run.folder / kCellJournal;
  if (!journal_exists(journal) && !run.complete) return run;  // ended before its first cell
  try {
    const JournalContent content = read_journal(journal, kCellSchema);
    for_each_record(content, journal,
                    [&run](const Json& record) { run.finished.push_back(cell_from_json(record)); });
    run.torn = content.torn;
    const std::vector<CellResult> table = run.table();
    run.complete = run.complete && std::none_of(table.begin(), table.end(), [](const auto& cell) {
                     return cell.verdict == Verdict::kNotRun;
                   });
    return run;
  } catch (const JournalDamaged& error) {
    throw EnvironmentError(error.what());
  }
}

void require_all_cells(const StoredRun& run) {
  if (run.complete || !run.folder.part("conform").at("complete").get<bool>()) return;
  for (const CellResult& cell : run.table()) {
    if (cell.verdict != Verdict::kNotRun) continue;
    throw EnvironmentError(fmt::format(
        "{}:{}: the journal is truncated here: run.json says it is complete, and {} on {} has no "
        "result",
        (run.folder / kCellJournal).string(), run.finished.size() + 2, excerpt(cell.case_id()),
        excerpt(cell.backend)));
  }
}

}  // namespace loopmark::harness
