// SPDX-License-Identifier: MIT
#include "harness/fault_report.h"

#include <fmt/format.h>

#include "harness/framing.h"
#include "harness/text_table.h"

namespace loopmark::harness {
namespace {

constexpr FaultOutcome kShown[] = {
    FaultOutcome::kRecovered, FaultOutcome::kReported, FaultOutcome::kSilent, FaultOutcome::kCrash,
    FaultOutcome::kHang,      FaultOutcome::kLeak,     FaultOutcome::kBroken};

std::size_t number_of(const FaultCounts& counts, FaultOutcome outcome) {
  const auto found = counts.find(outcome);
  return found == counts.end() ? 0 : found->second;
}

std::string table(const char* title, const std::map<std::string, FaultCounts>& groups) {
  std::vector<std::vector<std::string>> rows{{title, "INJECTED"}};
  for (const FaultOutcome outcome : kShown) {
    std::string head(word(outcome));
    for (char& c : head) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    rows.front().push_back(head);
  }
  for (const auto& [name, counts] : groups) {
    std::size_t injected = 0;
    std::vector<std::string> numbers;
    for (const FaultOutcome outcome : kShown) {
      const std::size_t number = number_of(counts, outcome);
      injected += number;
      numbers.push_back(number == 0 ? "-" : std::to_string(number));
    }
    rows.push_back({name, std::to_string(injected)});
    rows.back().insert(rows.back().end(), numbers.begin(), numbers.end());
  }
  return text_table(rows, false);
}

Verdict shown_verdict(const FaultResult& result) {
  if (!is_bad(result.outcome)) return Verdict::kPass;
  if (!is_judged(*result.fault.cell.backend)) return Verdict::kDeviates;
  if (result.outcome == FaultOutcome::kCrash) return Verdict::kCrash;
  return result.outcome == FaultOutcome::kHang ? Verdict::kTimeout : Verdict::kFail;
}

}  // namespace

std::map<std::string, FaultCounts> count_by(const std::vector<FaultResult>& results,
                                            std::string (*key)(const FaultResult&)) {
  std::map<std::string, FaultCounts> groups;
  for (const FaultResult& result : results) ++groups[key(result)][result.outcome];
  return groups;
}

std::string fault_tables(const std::vector<FaultResult>& results) {
  const auto backend = [](const FaultResult& result) { return result.fault.cell.backend->name; };
  const auto call = [](const FaultResult& result) { return result.fault.call; };
  return table("BACKEND", count_by(results, backend)) + "\n" +
         table("CALL", count_by(results, call));
}

std::string describe(const FaultResult& result) {
  std::string text =
      fmt::format("{}  {}  {}  {}\n", word(result.outcome), result.fault.cell.backend->name,
                  result.fault.cell.test->id(),
                  result.fault.number == 0 ? "without a fault" : result.fault.text());
  if (!result.message.empty())
    text += fmt::format("  observed   {}\n", excerpt(result.message, 300));
  if (!result.told.empty()) text += fmt::format("  told       {}\n", excerpt(result.told, 300));
  return text + fmt::format("  reproduce  {}\n", result.reproduce);
}

std::vector<CellResult> as_cells(const std::vector<FaultResult>& results) {
  std::vector<CellResult> cells;
  std::map<std::pair<std::string, std::string>, std::size_t> places;
  for (const FaultResult& result : results) {
    const Cell& cell = result.fault.cell;
    const auto [place, is_new] =
        places.try_emplace({cell.backend->name, cell.test->id()}, cells.size());
    if (is_new) {
      cells.push_back(unrun(cell));
      cells.back().verdict = Verdict::kPass;
    }
    CellResult& row = cells[place->second];
    ++row.runs;
    row.seconds += result.seconds;
    if (!is_bad(result.outcome)) {
      ++row.passes;
      continue;
    }
    if (row.verdict == Verdict::kPass) {
      row.verdict = shown_verdict(result);
      row.reproduce = result.reproduce;
    }
    row.outcome.message += describe(result);
  }
  return cells;
}

}  // namespace loopmark::harness
