// SPDX-License-Identifier: MIT
#include "harness/bench_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "harness/bench_summary.h"
#include "harness/counts_summary.h"
#include "harness/exact_table.h"
#include "harness/flags.h"
#include "harness/knee.h"
#include "harness/laws.h"
#include "harness/percentile_table.h"
#include "harness/scenario_notes.h"
#include "harness/text_table.h"
#include "harness/triplets.h"

namespace loopmark::harness {
namespace {

// A percentile needs so many values above it, or it is one event's luck.
constexpr std::uint64_t kLeastBeyond = 10;
constexpr std::array<double, 3> kShownPercentiles{0.5, 0.99, 0.999};

std::string percentile_text(const Histogram& latency, double q) {
  if (latency.beyond(q) < kLeastBeyond) return "-";
  return duration_text(latency.percentile(q));
}

/// Percentiles of all slots together; percentile_table() compares those of each slot.
std::vector<std::string> latency_cells(const Histogram& latency) {
  std::vector<std::string> cells;
  for (const double q : kShownPercentiles) cells.push_back(percentile_text(latency, q));
  cells.push_back(duration_text(static_cast<double>(latency.most())));
  return cells;
}

/// What the rows are compared in, with its unit.
std::string compared_head(const ScenarioPlan& plan) {
  if (plan.quantity == Quantity::kOperation) return "p50 ns, " + plan.operation;
  return (plan.quantity == Quantity::kProcessorTime ? "CPU ns/" : "ns/") + plan.unit;
}

Cells scenario_cells(const ScenarioResult& result) {
  const ScenarioPlan& plan = result.plan();
  const bool has_latency = !plan.operation.empty();
  const std::string base = result.baseline().plan.label;
  const bool by_processor = plan.quantity == Quantity::kProcessorTime;
  Cells cells{{"BACKEND", "MECHANISM", compared_head(plan), "[p10 p90]", "vs " + base + " [99 %]",
               "VERDICT", by_processor ? "WALL [99 %]" : "CPU [99 %]"}};
  if (has_latency) cells[0].insert(cells[0].end(), {"p50", "p99", "p99.9", "max"});
  cells[0].push_back("EVIDENCE");
  for (const ArmResult& arm : result.arms()) {
    auto& line = cells.emplace_back(std::vector<std::string>{arm.plan.label, arm.plan.mechanism});
    if (!result.has_row(arm)) {
      line.push_back(lost_text(arm));
      continue;
    }
    const Row row = result.row(arm);
    const bool is_baseline = &arm == &result.baseline();
    line.push_back(fmt::format("{:.0f}", row.median));
    line.push_back(fmt::format("[{:.0f} {:.0f}]", row.p10, row.p90));
    line.push_back(is_baseline ? "1" : ratio_text(row.compared));
    line.push_back(is_baseline ? "baseline"
                               : verdict_text(result, row) + (row.doubt().empty() ? "" : "?"));
    line.push_back(is_baseline ? "1" : ratio_text(row.beside));
    if (has_latency) {
      const std::vector<std::string> latency = latency_cells(arm.latency);
      line.insert(line.end(), latency.begin(), latency.end());
    }
    line.push_back(arm.evidence);
  }
  return cells;
}

/// The names in a map that every arm has, such as its `values`, of all arms of `points`.
template <class Map>
std::set<std::string> names_in(Map ArmResult::*map,
                               const std::vector<const ScenarioResult*>& points) {
  std::set<std::string> names;
  for (const ScenarioResult* const point : points) {
    for (const ArmResult& arm : point->arms()) {
      for (const auto& [name, _] : arm.*map) names.insert(name);
    }
  }
  return names;
}

std::string value_text(const ArmResult& arm, const std::string& name) {
  const auto found = arm.values.find(name);
  return found == arm.values.end() ? "-" : fmt::format("{:.4g}", typical(found->second));
}

/// The figures and histograms that a workload names itself.
Cells value_cells(const ScenarioResult& result) {
  Cells cells{{"BACKEND"}};
  const std::set<std::string> values = names_in(&ArmResult::values, {&result});
  const std::set<std::string> histograms = names_in(&ArmResult::histograms, {&result});
  for (const std::string& name : values) cells[0].push_back(name);
  for (const std::string& name : histograms) {
    cells[0].insert(cells[0].end(), {name + " p50", "p99", "p99.9", "max"});
  }
  for (const ArmResult& arm : result.arms()) {
    auto& line = cells.emplace_back(std::vector<std::string>{arm.plan.label});
    if (!result.has_row(arm)) {
      line.insert(line.end(), {"", lost_text(arm)});
      continue;
    }
    for (const std::string& name : values) line.push_back(value_text(arm, name));
    for (const std::string& name : histograms) {
      const auto found = arm.histograms.find(name);
      const std::vector<std::string> times =
          latency_cells(found == arm.histograms.end() ? Histogram() : found->second);
      line.insert(line.end(), times.begin(), times.end());
    }
  }
  return cells;
}

/// A long reason in a column would push the next columns off the page: such rows are notes under
/// the table.
std::string take_notes(Cells& cells) {
  std::string notes;
  std::erase_if(cells, [&, columns = cells.front().size()](const std::vector<std::string>& row) {
    if (row.size() != 3 || (columns == 3 && !row[1].empty())) return false;
    notes += fmt::format("{}: {}\n", row[0], row[2]);
    return true;
  });
  return notes;
}

/// A further column for the laws that a row breaks, if one does.
void add_flags(Cells& cells, const ScenarioResult& result, const Flags& flags) {
  std::vector<std::string> names{"FLAGS"};
  for (auto row = cells.begin() + 1; row != cells.end(); ++row) {
    const ArmResult* const arm = result.find(row->front());
    names.push_back(arm == nullptr ? "" : flags.names(result, *arm));
  }
  if (std::all_of(names.begin() + 1, names.end(), [](const auto& each) { return each.empty(); }))
    return;
  for (std::size_t i = 0; i < cells.size(); ++i) cells[i].push_back(names[i]);
}

/// Those figures, where they are not the result itself.
std::string value_table(const ScenarioResult& result, bool markdown) {
  Cells cells = value_cells(result);
  if (result.plan().quantity == Quantity::kValue || cells[0].size() == 1) return "";
  take_notes(cells);  // which the table above has
  cells[0][0] = "FIGURES";
  const char* const gap = markdown ? "\n" : "";
  return gap + text_table(cells, markdown) + gap;
}

std::string scenario_table(const ScenarioResult& result, const Flags& flags, bool markdown) {
  const ScenarioPlan& plan = result.plan();
  std::string text = heading(plan.workload + " " + plan.parameters, markdown);
  text += rules_text(result) + (markdown ? "\n" : "");
  Cells cells = plan.quantity == Quantity::kValue ? value_cells(result) : scenario_cells(result);
  const std::string notes = take_notes(cells);
  add_flags(cells, result, flags);
  if (cells.size() > 1) text += text_table(cells, markdown) + (markdown ? "\n" : "");
  return text + notes + footer(result) + value_table(result, markdown) +
         percentile_table(result, markdown) + exact_table(result, markdown);
}

/// "4.1 us / 5.3 us / 8.8 us"; "-" where nothing was timed.
std::string percentiles_text(const Histogram& times) {
  std::string text;
  for (const double q : kShownPercentiles)
    text += (text.empty() ? "" : " / ") + percentile_text(times, q);
  return times.count() == 0 ? "-" : text;
}

/// The figures and histograms that a workload names itself, and its operations, a table for each.
std::string curve_values(const std::vector<const ScenarioResult*>& points, bool markdown) {
  std::string text;
  const auto add = [&](const std::string& head, const auto& cell) {
    const Cells cells =
        cells_by_point(head, points, [&](const ScenarioResult& point, const ArmResult& arm) {
          return point.has_row(arm) ? cell(arm) : std::string("-");
        });
    text += (markdown ? "\n" : "") + text_table(cells, markdown) + (markdown ? "\n" : "");
  };
  const auto add_times = [&](const std::string& name, const auto& times_of) {
    add(name + ": p50 / p99 / p99.9",
        [&](const ArmResult& arm) { return percentiles_text(times_of(arm)); });
  };
  for (const std::string& name : names_in(&ArmResult::values, points))
    add(name, [&](const ArmResult& arm) { return value_text(arm, name); });
  const std::set<std::string> histograms = names_in(&ArmResult::histograms, points);
  for (const std::string& name : histograms) {
    add_times(name, [&](const ArmResult& arm) {
      const auto found = arm.histograms.find(name);
      return found == arm.histograms.end() ? Histogram() : found->second;
    });
  }
  const std::string& operation = points.front()->plan().operation;
  if (!operation.empty() && !histograms.contains(operation))
    add_times(operation, [](const ArmResult& arm) { return arm.latency; });
  return text;
}

// A median of fewer is hardly one.
constexpr std::size_t kFewRounds = 5;

std::string curve_table(const std::vector<const ScenarioResult*>& points, const Flags& flags,
                        bool markdown) {
  const ScenarioPlan& plan = points.front()->plan();
  std::string text =
      heading(fmt::format("{}, curves: {} (and times {})", plan.workload, compared_head(plan),
                          points.front()->baseline().plan.label),
              markdown);
  std::map<std::string, std::string> notes;  // a reason, and where it holds
  for (const ScenarioResult* point : points) {
    if (!point->baseline().lost.empty())
      notes[lost_text(point->baseline())] += " " + point->plan().parameters;
    if (!point->plan().why_unjudged.empty())
      notes["no verdict, " + point->plan().why_unjudged] += " " + point->plan().parameters;
  }
  const Cells cells =
      cells_by_point("BACKEND", points, [&](const ScenarioResult& point, const ArmResult& arm) {
        const std::string here = " " + arm.plan.label + "(" + point.plan().parameters + ")";
        if (!point.has_row(arm)) {
          if (point.baseline().lost.empty()) notes[lost_text(arm)] += here;
          return std::string("-");
        }
        const Row row = point.row(arm);
        const std::string flagged = flags.names(point, arm);
        if (!flagged.empty()) notes["! breaks " + flagged] += here;
        const bool few = arm.compared.size() < kFewRounds;
        if (few) notes[fmt::format("~ has fewer than {} rounds", kFewRounds)] += here;
        return fmt::format("{:.0f} ({:.2f}){}{}", row.median, row.compared.value, few ? " ~" : "",
                           flagged.empty() ? "" : " !");
      });
  text += text_table(cells, markdown) + (markdown ? "\n" : "");
  for (const auto& [reason, where] : notes) text += fmt::format("{}:{}\n", reason, where);
  return text + curve_values(points, markdown) + exact_curves(points, markdown);
}

}  // namespace

Cells cells_by_point(
    const std::string& head, const std::vector<const ScenarioResult*>& points,
    const std::function<std::string(const ScenarioResult& point, const ArmResult& arm)>& cell) {
  Cells cells{{head}};
  for (const ScenarioResult* point : points) cells[0].push_back(point->plan().parameters);
  for (const ArmPlan& arm : points.front()->plan().arms) {
    auto& line = cells.emplace_back(std::vector<std::string>{arm.label});
    for (const ScenarioResult* point : points) {
      const ArmResult* const found = point->find(arm.label);
      line.push_back(found == nullptr ? "-" : cell(*point, *found));
    }
  }
  return cells;
}

std::string ratio_text(const Ratio& ratio) {
  if (!std::isfinite(ratio.high)) return fmt::format("{:.3f}", ratio.value);
  return fmt::format("{:.3f} [{:.3f} {:.3f}]", ratio.value, ratio.low, ratio.high);
}

std::string duration_text(double ns) {
  const char* unit = "ns";
  for (const char* next : {"us", "ms", "s"}) {
    if (ns < 999.5) break;
    ns /= 1000;
    unit = next;
  }
  return fmt::format("{:.{}f} {}", ns, ns < 9.995 ? 2 : ns < 99.95 ? 1 : 0, unit);
}

std::string lost_text(const ArmResult& arm) {
  if (!arm.plan.struck.empty()) return "struck out: " + arm.plan.struck;
  if (arm.lost.empty()) return "no round was finished";
  return (arm.refused ? "not run: " : "LOST: ") + arm.lost;
}

std::string verdict_text(const ScenarioResult& result, const Row& row) {
  if (result.invalid()) return "INVALID";
  return row.disputed ? "disputed" : std::string(to_string(row.verdict));
}

std::string bench_tables(const std::vector<ScenarioResult>& results, std::string_view format) {
  const bool markdown = format == "md";
  const std::vector<LawFinding> findings = check_laws(results);
  const Flags flags(findings);
  const BenchSummary summary = summarise(results);
  std::string text = invalid_text(summary) + too_short_text(summary);
  std::vector<std::string> workloads;
  for (const ScenarioResult& result : results) {
    if (std::find(workloads.begin(), workloads.end(), result.plan().workload) == workloads.end()) {
      workloads.push_back(result.plan().workload);
    }
  }
  for (const std::string& workload : workloads) {
    std::vector<const ScenarioResult*> points;
    bool begun = false;
    for (const ScenarioResult& result : results) {
      if (result.plan().workload != workload) continue;
      if (!std::exchange(begun, true)) text += workload_heading(result.plan(), markdown);
      if (result.plan().judged || result.plan().quantity == Quantity::kValue) {
        text += scenario_table(result, flags, markdown);
      } else {
        points.push_back(&result);
      }
    }
    if (!points.empty()) text += curve_table(points, flags, markdown);
  }
  text += knee_table(results, markdown);
  const Cells prices = triplet_cells(results);
  if (prices.size() > 1) {
    text += heading("What a wrapper costs: our wrapper, the library's own interface, the bare loop",
                    markdown);
    text += text_table(prices, markdown);
  }
  if (!findings.empty()) {
    text += heading("Laws: what measurements like these must show", markdown);
    text += text_table(law_cells(findings), markdown);
  }
  if (const CountsSummary counts = summary_of_counts(results); counts.counts > 0)
    text += heading("Counts", markdown) + to_text(counts) + "\n";
  return text;
}

}  // namespace loopmark::harness
