// SPDX-License-Identifier: MIT
#include "harness/bench_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "harness/terminal.h"

namespace loopmark::harness {
namespace {

using Cells = std::vector<std::vector<std::string>>;  // the first row is the head

// A percentile needs so many values above it, or it is one event's luck.
constexpr std::uint64_t kLeastBeyond = 10;

std::string ratio_text(const Ratio& ratio) {
  if (!std::isfinite(ratio.high)) return fmt::format("{:.3f}", ratio.value);
  return fmt::format("{:.3f} [{:.3f} {:.3f}]", ratio.value, ratio.low, ratio.high);
}

std::string percentile_text(const Histogram& latency, double q) {
  if (latency.beyond(q) < kLeastBeyond) return "-";
  return duration_text(latency.percentile(q));
}

std::string verdict_text(const ScenarioResult& result, const Row& row) {
  if (result.invalid()) return "INVALID";
  return row.disputed ? "disputed" : std::string(to_string(row.verdict));
}

std::string lost_text(const ArmResult& arm) {
  if (arm.lost.empty()) return "no round was finished";
  return (arm.refused ? "not run: " : "LOST: ") + arm.lost;
}

std::string markdown_row(const std::vector<std::string>& cells, std::size_t width) {
  std::string line = "|";
  for (std::size_t i = 0; i < width; ++i)
    line += fmt::format(" {} |", i < cells.size() ? cells[i] : "");
  return line + "\n";
}

std::string render(const Cells& cells, bool markdown) {
  if (!markdown) return columns(cells);
  const std::size_t width = cells.front().size();
  std::string text = markdown_row(cells.front(), width);
  text += markdown_row(std::vector<std::string>(width, "---"), width);
  for (auto row = cells.begin() + 1; row != cells.end(); ++row) text += markdown_row(*row, width);
  return text;
}

std::string heading(std::string_view text, bool markdown) {
  return markdown ? fmt::format("\n### {}\n\n", text) : fmt::format("\n{}\n", text);
}

Cells scenario_cells(const ScenarioResult& result) {
  const bool has_latency = !result.plan().operation.empty();
  Cells cells{{"BACKEND", "MECHANISM", "ns/" + result.plan().unit, "[p10 p90]",
               "vs " + result.baseline().plan.label + " [99 %]", "VERDICT", "CPU"}};
  if (has_latency) cells[0].insert(cells[0].end(), {"p50", "p99", "p99.9"});
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
    line.push_back(is_baseline ? "1" : ratio_text(row.wall));
    line.push_back(is_baseline ? "baseline" : verdict_text(result, row));
    line.push_back(is_baseline ? "1" : fmt::format("{:.3f}", row.cpu.value));
    if (has_latency) {
      for (const double q : {0.5, 0.99, 0.999}) line.push_back(percentile_text(arm.latency, q));
    }
    line.push_back(arm.evidence);
  }
  return cells;
}

/// A long reason in a column would push the next columns off the page: such rows are notes under
/// the table.
std::string take_notes(Cells& cells) {
  std::string notes;
  std::erase_if(cells, [&](const std::vector<std::string>& row) {
    if (row.size() != 3) return false;
    notes += fmt::format("{}: {}\n", row[0], row[2]);
    return true;
  });
  return notes;
}

/// What tells whether to believe the table above it.
std::string footer(const ScenarioResult& result) {
  std::size_t slots = 0;
  std::size_t preempted = 0;
  for (const ArmResult& arm : result.arms()) {
    slots += arm.wall.size();
    preempted += arm.preempted;
  }
  if (slots == 0) return result.ended() + "\n";
  std::string text =
      fmt::format("{} rounds ({}); {:.0f} % of the slots preempted", result.rounds(),
                  result.ended().empty() ? "not finished" : "ended by " + result.ended(),
                  100.0 * static_cast<double>(preempted) / static_cast<double>(slots));
  if (result.invalid()) text += "; INVALID: " + result.why_invalid() + ", believe none of this";
  return text + "\n";
}

std::string scenario_table(const ScenarioResult& result, bool markdown) {
  const ScenarioPlan& plan = result.plan();
  std::string text = heading(plan.workload + " " + plan.parameters, markdown);
  text += fmt::format("{}{}\n", plan.question, markdown ? "\n" : "");
  Cells cells = scenario_cells(result);
  const std::string notes = take_notes(cells);
  if (cells.size() > 1) text += render(cells, markdown) + (markdown ? "\n" : "");
  return text + notes + footer(result);
}

std::string curve_table(const std::vector<const ScenarioResult*>& points, bool markdown) {
  const ScenarioPlan& plan = points.front()->plan();
  std::string text = heading(fmt::format("{}, curves: ns/{} (and times {})", plan.workload,
                                         plan.unit, points.front()->baseline().plan.label),
                             markdown);
  Cells cells{{"BACKEND"}};
  std::map<std::string, std::string> notes;  // a reason, and where it holds
  for (const ScenarioResult* point : points) {
    cells[0].push_back(point->plan().parameters);
    if (!point->baseline().lost.empty())
      notes[lost_text(point->baseline())] += " " + point->plan().parameters;
  }
  for (std::size_t i = 0; i < plan.arms.size(); ++i) {
    auto& line = cells.emplace_back(std::vector<std::string>{plan.arms[i].label});
    for (const ScenarioResult* point : points) {
      const ArmResult* const arm = i < point->arms().size() ? &point->arms()[i] : nullptr;
      if (arm == nullptr || !point->has_row(*arm)) {
        line.push_back("-");
        if (arm && point->baseline().lost.empty()) {
          notes[lost_text(*arm)] += " " + arm->plan.label + "(" + point->plan().parameters + ")";
        }
        continue;
      }
      const Row row = point->row(*arm);
      line.push_back(fmt::format("{:.0f} ({:.2f})", row.median, row.wall.value));
    }
  }
  text += render(cells, markdown) + (markdown ? "\n" : "");
  for (const auto& [reason, where] : notes) text += fmt::format("{}:{}\n", reason, where);
  return text;
}

}  // namespace

std::string duration_text(double ns) {
  const char* unit = "ns";
  for (const char* next : {"us", "ms", "s"}) {
    if (ns < 999.5) break;
    ns /= 1000;
    unit = next;
  }
  return fmt::format("{:.{}f} {}", ns, ns < 9.995 ? 2 : ns < 99.95 ? 1 : 0, unit);
}

std::string bench_tables(const std::vector<ScenarioResult>& results, std::string_view format) {
  const bool markdown = format == "md";
  std::string text;
  std::vector<std::string> workloads;
  for (const ScenarioResult& result : results) {
    if (std::find(workloads.begin(), workloads.end(), result.plan().workload) == workloads.end()) {
      workloads.push_back(result.plan().workload);
    }
  }
  for (const std::string& workload : workloads) {
    std::vector<const ScenarioResult*> points;
    for (const ScenarioResult& result : results) {
      if (result.plan().workload != workload) continue;
      if (result.plan().judged) {
        text += scenario_table(result, markdown);
      } else {
        points.push_back(&result);
      }
    }
    if (!points.empty()) text += curve_table(points, markdown);
  }
  return text;
}

Json bench_json(const std::vector<ScenarioResult>& results) {
  Json all = Json::array();
  for (const ScenarioResult& result : results) {
    const ScenarioPlan& plan = result.plan();
    for (const ArmResult& arm : result.arms()) {
      Json line{{"workload", plan.workload},
                {"parameters", plan.parameters},
                {"unit", plan.unit},
                {"arm", arm.plan.label},
                {"mechanism", arm.plan.mechanism},
                {"version", arm.plan.version},
                {"evidence", arm.evidence},
                {"rounds", arm.wall.size()}};
      if (!result.has_row(arm)) {
        line["not_measured"] = lost_text(arm);
        all.push_back(std::move(line));
        continue;
      }
      const Row row = result.row(arm);
      const auto interval = [](const Ratio& ratio) {
        return Json{{"ratio", ratio.value}, {"low", ratio.low}, {"high", ratio.high}};
      };
      line["ns"] = {{"p50", row.median}, {"p10", row.p10}, {"p90", row.p90}};
      line["wall"] = interval(row.wall);
      line["cpu"] = interval(row.cpu);
      if (plan.judged) line["verdict"] = verdict_text(result, row);
      if (arm.latency.count() > 0) {
        line["latency_ns"] = {{"operation", plan.operation}, {"count", arm.latency.count()}};
        for (const double q : {0.5, 0.9, 0.99, 0.999}) {
          line["latency_ns"][fmt::format("p{:g}", q * 100)] = arm.latency.percentile(q);
        }
        line["latency_ns"]["max"] = arm.latency.most();
      }
      all.push_back(std::move(line));
    }
  }
  return all;
}

std::string bench_csv(const std::vector<ScenarioResult>& results) {
  std::string text =
      "workload,parameters,arm,rounds,ns_p50,ns_p10,ns_p90,ratio,low,high,cpu_ratio,verdict,not_"
      "measured\n";
  const auto quoted = [](std::string value) {
    for (std::size_t at = 0; (at = value.find('"', at)) != std::string::npos; at += 2)
      value.insert(at, 1, '"');
    return '"' + value + '"';
  };
  for (const ScenarioResult& result : results) {
    for (const ArmResult& arm : result.arms()) {
      text += fmt::format("{},{},{},{},", result.plan().workload, quoted(result.plan().parameters),
                          arm.plan.label, arm.wall.size());
      if (!result.has_row(arm)) {
        text += ",,,,,,,," + quoted(lost_text(arm)) + "\n";
        continue;
      }
      const Row row = result.row(arm);
      text += fmt::format("{:.2f},{:.2f},{:.2f},{:.5f},{:.5f},{:.5f},{:.5f},{},\n", row.median,
                          row.p10, row.p90, row.wall.value, row.wall.low, row.wall.high,
                          row.cpu.value, result.plan().judged ? verdict_text(result, row) : "");
    }
  }
  return text;
}

}  // namespace loopmark::harness
