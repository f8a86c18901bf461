// SPDX-License-Identifier: MIT
#include "harness/cell.h"

#include <fmt/format.h>

#include "harness/contract.h"

namespace loopmark::harness {

Json to_json(const CellResult& cell) {
  return {{"backend", cell.backend},
          {"clause", cell.clause},
          {"case", cell.name},
          {"level", cell.level},
          {"verdict", word(cell.verdict)},
          {"observed", word(cell.outcome.verdict)},
          {"message", cell.outcome.message},
          {"requirement", cell.requirement},
          {"file", cell.outcome.file},
          {"line", cell.outcome.line},
          {"log", cell.outcome.log},
          {"waits", cell.outcome.waits},
          {"evidence", cell.outcome.evidence},
          {"deviation", cell.deviation},
          {"passes", cell.passes},
          {"runs", cell.runs},
          {"seconds", cell.seconds},
          {"reproduce", cell.reproduce}};
}

CellResult cell_from_json(const Json& json) {
  CellResult cell;
  cell.backend = json.at("backend");
  cell.clause = json.at("clause");
  cell.name = json.at("case");
  cell.level = json.at("level");
  cell.verdict = verdict_of(json.at("verdict").get<std::string>());
  cell.requirement = json.value("requirement", "");
  cell.outcome.verdict = verdict_of(json.at("observed").get<std::string>());
  cell.outcome.message = json.value("message", "");
  cell.outcome.file = json.value("file", "");
  cell.outcome.line = json.value("line", 0);
  cell.outcome.log = json.value("log", std::vector<std::string>{});
  cell.outcome.waits = json.value("waits", -1L);
  cell.outcome.evidence = json.value("evidence", "");
  cell.deviation = json.value("deviation", "");
  cell.passes = json.value("passes", 0);
  cell.runs = json.value("runs", 0);
  cell.seconds = json.value("seconds", 0.0);
  cell.reproduce = json.value("reproduce", "");
  return cell;
}

std::string verdict_text(const CellResult& cell) {
  std::string text(word(cell.verdict));
  if (cell.verdict == Verdict::kDeviates) text += fmt::format(" ({})", cell.level);
  if (cell.verdict == Verdict::kFlaky)
    text += fmt::format(" ({} of {} passed)", cell.passes, cell.runs);
  return text;
}

CellResult unrun(const Cell& cell) {
  CellResult result;
  result.backend = cell.backend->name;
  result.clause = cell.test->clause;
  result.name = cell.test->name;
  result.requirement = cell.test->requirement;
  const Clause* const clause = contract().find(cell.test->clause);
  result.level = clause ? clause->level : "MUST";  // an unknown clause is found by clauses --check
  if (!cell.backend->ready()) {
    result.verdict = result.outcome.verdict = Verdict::kUnavailable;
    result.outcome.message =
        fmt::format("{}: {}", word(cell.backend->status), cell.backend->reason);
  }
  return result;
}

}  // namespace loopmark::harness
