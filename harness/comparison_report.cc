// SPDX-License-Identifier: MIT
#include "harness/comparison_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "harness/bench_export.h"
#include "harness/score.h"
#include "harness/text_table.h"

namespace loopmark::harness {
namespace {

/// The word of a change as people read it: one that calls for action is in capitals.
template <class Kind>
std::string shown(Kind change) {
  std::string text(word(change));
  for (char& c : text) {
    if (c == '_') c = ' ';
    if (is_regression(change)) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return text;
}

double percent(double ratio) {
  return 100 * (ratio - 1);
}

std::string change_text(const Ratio& change) {
  if (!std::isfinite(change.high)) return fmt::format("{:+.1f} %", percent(change.value));
  return fmt::format("{:+.1f} % [{:+.1f} {:+.1f}]", percent(change.value), percent(change.low),
                     percent(change.high));
}

std::string verdict_text(const ArmComparison& arm) {
  std::string text = shown(arm.verdict);
  if (arm.verdict != Change::kInconclusive) return text;
  if (std::isfinite(arm.change.high)) {
    text += fmt::format(", could be up to {:.0f} %",
                        std::max(percent(arm.change.high), -percent(arm.change.low)));
  }
  if (arm.rounds_needed > 0) text += fmt::format(", needs about {} rounds", arm.rounds_needed);
  return text;
}

bool is_worth_a_row(Change change) {
  return change != Change::kSame && change != Change::kUnjudged && change != Change::kNotComparable;
}

std::vector<std::string> row_of(const ArmComparison& arm) {
  std::vector<std::string> row{arm.scenario, arm.arm};
  if (arm.has_figures()) {
    row.insert(
        row.end(),
        {fmt::format("{:.3f}", arm.before.value), fmt::format("{:.3f}", arm.after.value),
         change_text(arm.change), fmt::format("{:+.1f} %", percent(arm.beside.value)),
         arm.floor > 0 && std::isfinite(arm.floor) ? fmt::format("{:.1f} %", 100 * arm.floor) : "-",
         fmt::format("{}, {}", arm.before.rounds, arm.after.rounds)});
  } else {
    row.insert(row.end(), {"-", "-", "-", "-", "-", "-"});
  }
  row.push_back(verdict_text(arm) + (arm.reason.empty() ? "" : ": " + arm.reason));
  return row;
}

/// "2 regression, 34 same", or "nothing".
template <class Items, class Kind>
std::string counts(const Items& items, Kind kind_of) {
  std::map<decltype(kind_of(items.front())), std::size_t> numbers;
  for (const auto& each : items) ++numbers[kind_of(each)];
  std::string text;
  for (const auto& [kind, number] : numbers)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", number, shown(kind));
  return text.empty() ? "nothing" : text;
}

std::string head_text(const RunComparison& comparison, bool markdown) {
  std::string text;
  const auto line = [&](std::string_view what, std::string_view value) {
    text +=
        markdown ? fmt::format("- {}: {}\n", what, value) : fmt::format("{:<8}{}\n", what, value);
  };
  line("before", comparison.before);
  line("after", comparison.after);
  for (const std::string& each : comparison.across) line("ACROSS", each);
  for (const std::string& each : comparison.notes) line("note", each);
  return text;
}

std::string counts_text(const std::vector<ArmComparison>& arms, double threshold, bool markdown) {
  std::vector<std::vector<std::string>> rows{
      {"COUNTED, AN EVENT", "SCENARIO", "BACKEND", "BEFORE", "AFTER", "VERDICT"}};
  for (const ArmComparison& arm : arms) {
    for (const CountChange& count : arm.counts) {
      rows.push_back({count.name, arm.scenario, arm.arm, fmt::format("{:g}", count.before),
                      fmt::format("{:g}", count.after),
                      count.grew_by(threshold) ? "REGRESSION" : "changed"});
    }
  }
  return rows.size() > 1 ? text_table(rows, markdown) + "\n" : "";
}

std::string bench_text(const std::vector<ArmComparison>& arms, double threshold, bool markdown,
                       bool verbose) {
  std::string text = heading(
      fmt::format(
          "Benchmarks: how each arm's ratio to the baseline changed, and that of the other clock "
          "beside it; {:g} % counts",
          100 * threshold),
      markdown);
  std::vector<std::vector<std::string>> rows{{"SCENARIO", "BACKEND", "BEFORE", "AFTER",
                                              "CHANGE [98 %]", "BESIDE", "FLOOR", "ROUNDS",
                                              "VERDICT"}};
  for (const ArmComparison& arm : arms) {
    if (verbose || is_worth_a_row(arm.verdict)) rows.push_back(row_of(arm));
  }
  if (rows.size() > 1) text += text_table(rows, markdown) + "\n";
  text += counts_text(arms, threshold, markdown);
  return text + counts(arms, [](const ArmComparison& arm) { return arm.verdict; }) + "\n";
}

/// What appeared or is gone is told by backend: it is often all of one.
std::vector<std::vector<std::string>> rows_by_backend(const std::vector<CellComparison>& cells,
                                                      CellChange change) {
  std::vector<std::vector<std::string>> rows;
  std::map<std::string, std::vector<CellResult>> backends;
  for (const CellComparison& each : cells) {
    if (each.change == change) backends[each.cell.backend].push_back(each.cell);
  }
  for (const auto& [backend, those] : backends)
    rows.push_back({shown(change), backend, summary(those)});
  return rows;
}

std::string cells_text(const std::vector<CellComparison>& cells, bool markdown, bool verbose) {
  std::string text = heading("Conformance: cells whose verdict changed", markdown);
  std::vector<std::vector<std::string>> rows{
      {"CHANGE", "BACKEND", "CASE", "BEFORE", "AFTER", "OBSERVED"}};
  for (const auto change :
       {CellChange::kNewlyFailing, CellChange::kNoLongerPassing, CellChange::kNewlyPassing,
        CellChange::kOtherwise, CellChange::kAppeared, CellChange::kGone}) {
    if (!verbose && (change == CellChange::kAppeared || change == CellChange::kGone)) {
      const auto grouped = rows_by_backend(cells, change);
      rows.insert(rows.end(), grouped.begin(), grouped.end());
      continue;
    }
    for (const CellComparison& each : cells) {
      if (each.change != change) continue;
      rows.push_back({shown(change), each.cell.backend, each.cell.case_id(),
                      std::string(word(each.before)), std::string(word(each.after)),
                      is_failure(each.after) ? each.cell.outcome.message : ""});
    }
  }
  if (rows.size() > 1) text += text_table(rows, markdown) + "\n";
  return text + counts(cells, [](const CellComparison& each) { return each.change; }) + "\n";
}

Json ratio_json(const Ratio& ratio) {
  Json json = interval_json(ratio);
  json["rounds"] = ratio.rounds;
  return json;
}

Json to_json(const ArmComparison& arm) {
  Json json{{"scenario", arm.scenario}, {"arm", arm.arm}, {"verdict", word(arm.verdict)}};
  if (!arm.reason.empty()) json["reason"] = arm.reason;
  if (arm.has_figures()) {
    json["before"] = ratio_json(arm.before);
    json["after"] = ratio_json(arm.after);
    json["change"] = ratio_json(arm.change);
    json["beside_change"] = ratio_json(arm.beside);
    json["noise_floor"] = arm.floor;
  }
  if (arm.rounds_needed > 0) json["rounds_needed"] = arm.rounds_needed;
  for (const CountChange& count : arm.counts)
    json["counts"][count.name] = {{"before", count.before}, {"after", count.after}};
  return json;
}

Json to_json(const VerdictPair& pair) {
  return {{"scenario", pair.scenario},
          {"arm", pair.arm},
          {"before", pair.disputed_before ? "disputed" : to_string(pair.before)},
          {"after", pair.disputed_after ? "disputed" : to_string(pair.after)},
          {"opposite", pair.is_opposite()}};
}

Json to_json(const CellComparison& each) {
  return {{"change", word(each.change)},         {"backend", each.cell.backend},
          {"case", each.cell.case_id()},         {"level", each.cell.level},
          {"before", word(each.before)},         {"after", word(each.after)},
          {"message", each.cell.outcome.message}};
}

template <class Items>
Json all_to_json(const Items& items) {
  Json all = Json::array();
  for (const auto& each : items) all.push_back(to_json(each));
  return all;
}

}  // namespace

bool RunComparison::has_regression() const {
  const auto arm_is = [this](const ArmComparison& arm) {
    return is_regression(arm.verdict) ||
           std::any_of(arm.counts.begin(), arm.counts.end(),
                       [this](const CountChange& count) { return count.grew_by(threshold); });
  };
  const auto cell_is = [](const CellComparison& each) { return is_regression(each.change); };
  return (bench && std::any_of(bench->begin(), bench->end(), arm_is)) ||
         (cells && std::any_of(cells->begin(), cells->end(), cell_is));
}

bool RunComparison::bench_is_open() const {
  return bench && std::none_of(bench->begin(), bench->end(), [](const ArmComparison& arm) {
           return is_regression(arm.verdict) || arm.verdict == Change::kImprovement ||
                  arm.verdict == Change::kSame;
         });
}

std::string comparison_text(const RunComparison& comparison, std::string_view format,
                            bool verbose) {
  const bool markdown = format == "md";
  std::string text = head_text(comparison, markdown);
  if (comparison.bench)
    text += bench_text(*comparison.bench, comparison.threshold, markdown, verbose) + "\n" +
            agreement_text(comparison.verdicts);
  if (comparison.cells) text += cells_text(*comparison.cells, markdown, verbose);
  return text;
}

Json comparison_json(const RunComparison& comparison) {
  Json json{{"schema", kComparisonSchema},
            {"before", comparison.before},
            {"after", comparison.after},
            {"across", comparison.across},
            {"notes", comparison.notes},
            {"threshold", comparison.threshold},
            {"regression", comparison.has_regression()}};
  if (comparison.bench) {
    json["bench"] = all_to_json(*comparison.bench);
    json["verdicts"] = all_to_json(comparison.verdicts);
  }
  if (comparison.cells) json["cells"] = all_to_json(*comparison.cells);
  return json;
}

}  // namespace loopmark::harness
