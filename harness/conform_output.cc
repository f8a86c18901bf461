// SPDX-License-Identifier: MIT
#include "harness/conform_output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "harness/matrix.h"
#include "harness/report.h"
#include "harness/terminal.h"

namespace loopmark::harness {
namespace {

void print_text(const StoredRun& run, const std::vector<CellResult>& table,
                const OutputStyle& style) {
  const bool color = wants_color(style.color, STDOUT_FILENO);
  if (!style.quiet) {
    fmt::print("{}\n", text_matrix(table, {.rows = style.verbose ? MatrixStyle::Rows::kClauses
                                                                 : MatrixStyle::Rows::kSections,
                                           .width = terminal_width(STDOUT_FILENO),
                                           .color = color}));
  }
  for (const CellResult& cell : table) {
    if (!is_failure(cell.verdict)) continue;
    fmt::print("{}      {:<10} {}\n\n", brief_report(cell, color), "details",
               (run.folder / log_name(cell)).string());
  }
  fmt::print("{}{}\n", summary(table),
             run.complete ? "" : painted("  NOT COMPLETE", Paint::kBad, color));
  fmt::print("score {}, stored in {}\n", to_string(score(table)), run.folder.path().string());
}

void print_json(const StoredRun& run, const std::vector<CellResult>& table) {
  Json cells = Json::array();
  for (const CellResult& cell : table) cells.push_back(to_json(cell));
  Json whole = run.folder.record();
  whole["cells"] = cells;
  fmt::print("{}\n", to_pretty(whole));
}

}  // namespace

void print_run(const StoredRun& run, const std::vector<CellResult>& table,
               const OutputStyle& style) {
  const std::string id = run.folder.path().filename();
  if (style.format == "text") print_text(run, table, style);
  if (style.format == "json") print_json(run, table);
  if (style.format == "md") fmt::print("{}", markdown(id, table, run.complete));
  if (style.format == "junit") fmt::print("{}", junit(table));
}

ExitCode exit_code(const StoredRun& run, const std::vector<CellResult>& table) {
  if (!run.complete) return ExitCode::kInterrupted;
  const auto any = [&table](auto predicate) {
    return std::any_of(table.begin(), table.end(),
                       [&](const CellResult& cell) { return predicate(cell.verdict); });
  };
  if (any([](Verdict verdict) { return is_failure(verdict); })) return ExitCode::kFailed;
  const auto ran = [](Verdict verdict) {
    return verdict != Verdict::kUnavailable && verdict != Verdict::kNotSupported &&
           verdict != Verdict::kNotRun;
  };
  if (any(ran)) return ExitCode::kOk;
  fmt::print(stderr, "loopmark: nothing ran\n");
  return ExitCode::kNothingRan;
}

}  // namespace loopmark::harness
