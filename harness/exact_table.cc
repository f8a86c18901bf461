// SPDX-License-Identifier: MIT
#include "harness/exact_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "harness/bench_table.h"
#include "harness/text_table.h"

namespace loopmark::harness {
namespace {

/// A figure of an arm, or nothing where it has none.
struct Figure {
  const char* head;  // of the table; null: not in it, since it is not exact
  const char* name;  // in CSV
  int digits;
  std::optional<double> (*of)(const ArmResult& arm);
};

/// A part of an arm's counts, such as of one counter; empty where there is none.
const Json& part_of(const ArmResult& arm, const char* name) {
  static const Json kNothing = Json::object();
  const auto found = arm.exact.find(name);
  return found == arm.exact.end() ? kNothing : *found;
}

std::optional<double> counted(const ArmResult& arm, const char* counter, const char* name) {
  const Json& counts = part_of(arm, counter);
  if (!counts.contains(name)) return std::nullopt;
  return counts.at(name).get<double>();
}

std::optional<double> used(const ArmResult& arm, const char* name) {
  if (arm.all_events == 0) return std::nullopt;
  return arm.per_event(name);
}

std::optional<double> system_calls(const ArmResult& arm) {
  if (!arm.exact.contains("system_calls")) return std::nullopt;
  double all = 0;
  for (const auto& [_, calls] : part_of(arm, "system_calls").items()) all += calls.get<double>();
  return all;
}

std::optional<double> resident(const ArmResult& arm) {
  const auto found = arm.exact.find("resident");
  if (found == arm.exact.end()) return std::nullopt;
  return found->get<double>();
}

using Arm = const ArmResult&;
constexpr Figure kFigures[] = {
    {"CALLS", "system_calls", 3, system_calls},
    {"INSTR", "instructions", 1, [](Arm arm) { return counted(arm, "instructions", "user"); }},
    {"ALLOC", "allocations", 3, [](Arm arm) { return counted(arm, "allocations", "calls"); }},
    {"BYTES", "allocated_bytes", 1, [](Arm arm) { return counted(arm, "allocations", "bytes"); }},
    {"GROWTH", "heap_growth", 1, [](Arm arm) { return counted(arm, "allocations", "growth"); }},
    {"HEAP", "heap_bytes", 0, [](Arm arm) { return counted(arm, "allocations", "heap"); }},
    {nullptr, "resident_bytes", 0, resident},
    {"USER ns", "user_ns", 0, [](Arm arm) { return used(arm, "user_ns"); }},
    {"SYSTEM ns", "system_ns", 0, [](Arm arm) { return used(arm, "system_ns"); }},
    {"WAITED", "voluntary_switches", 3, [](Arm arm) { return used(arm, "voluntary_switches"); }},
    {"PREEMPTED", "involuntary_switches", 4,
     [](Arm arm) { return used(arm, "involuntary_switches"); }},
    {"FAULTS", "faults", 4, [](Arm arm) { return used(arm, "faults"); }},
};

std::string figure_text(const Figure& figure, const ArmResult& arm, const char* otherwise) {
  const std::optional<double> value = figure.of(arm);
  return value ? fmt::format("{:.{}f}", *value, figure.digits) : otherwise;
}

/// "epoll_wait 1.000 read 1.000 write 1.000"; what is under half a thousandth is left out.
std::string calls_by_name(const ArmResult& arm) {
  std::string text;
  for (const auto& [name, calls] : part_of(arm, "system_calls").items()) {
    const auto count = calls.get<double>();
    if (count >= 0.0005) text += fmt::format("{}{} {:.3f}", text.empty() ? "" : " ", name, count);
  }
  return text;
}

/// "system calls"
std::string in_words(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

/// "read 1.001 to 1.004, write ..."
std::string ranges(const Json& varying) {
  std::string text;
  for (const auto& [name, range] : varying.items()) {
    text += fmt::format("{}{} {:.6g} to {:.6g}", text.empty() ? "" : ", ", name,
                        range.at(0).get<double>(), range.at(1).get<double>());
  }
  return text;
}

/// Every arm that has figures, and every figure that one of them has.
Cells exact_cells(const ScenarioResult& result) {
  std::vector<const ArmResult*> arms;
  for (const ArmResult& arm : result.arms()) {
    const bool tests = arm.plan.label == kTwin || arm.plan.label == kPlanted;
    if (!tests && (!arm.exact.is_null() || result.has_row(arm))) arms.push_back(&arm);
  }
  Cells cells{{"BACKEND"}};
  for (const ArmResult* const arm : arms) cells.push_back({arm->plan.label});
  for (const Figure& figure : kFigures) {
    const auto has = [&](const ArmResult* arm) { return figure.of(*arm).has_value(); };
    if (!figure.head || std::none_of(arms.begin(), arms.end(), has)) continue;
    cells[0].emplace_back(figure.head);
    for (std::size_t i = 0; i < arms.size(); ++i)
      cells[i + 1].push_back(figure_text(figure, *arms[i], "-"));
  }
  if (std::all_of(arms.begin(), arms.end(),
                  [](const ArmResult* arm) { return calls_by_name(*arm).empty(); })) {
    return cells;
  }
  cells[0].emplace_back("SYSTEM CALLS BY NAME");
  for (std::size_t i = 0; i < arms.size(); ++i) cells[i + 1].push_back(calls_by_name(*arms[i]));
  return cells;
}

std::string exact_notes(const ScenarioResult& result) {
  std::string slots;
  std::map<std::string, std::string> missing;  // a reason, and whose it is
  std::string varying;
  for (const ArmResult& arm : result.arms()) {
    if (arm.exact.is_null()) continue;
    if (slots.empty() && arm.exact.contains("events")) {
      slots = fmt::format("counted: the growth from {} to {} events\n",
                          arm.exact["events"][0].get<std::uint64_t>(),
                          arm.exact["events"][1].get<std::uint64_t>());
    }
    for (const auto& [counter, why] : part_of(arm, "missing").items()) {
      std::string& whose = missing[in_words(counter) + " n/a: " + why.get<std::string>()];
      whose += (whose.empty() ? "" : ", ") + arm.plan.label;
    }
    const std::string because = arm.exact.value("because", "");
    for (const auto& [counter, names] : part_of(arm, "varies").items()) {
      varying += fmt::format("{}: {} vary ({}): {}\n", arm.plan.label, in_words(counter),
                             ranges(names), because.empty() ? "UNEXPLAINED" : because);
    }
  }
  for (const auto& [why, whose] : missing) slots += fmt::format("{} ({})\n", why, whose);
  return slots + varying;
}

}  // namespace

std::string exact_table(const ScenarioResult& result, bool markdown) {
  const Cells cells = exact_cells(result);
  if (cells.size() == 1) return "";
  const char* const gap = markdown ? "\n" : "";
  return fmt::format("{}An event takes:\n{}{}{}{}", gap, gap, text_table(cells, markdown), gap,
                     exact_notes(result));
}

bool varies_without_reason(const ScenarioResult& result) {
  return std::any_of(result.arms().begin(), result.arms().end(), [](const ArmResult& arm) {
    return arm.exact.contains("varies") && arm.exact.value("because", "").empty();
  });
}

std::string exact_csv_head() {
  std::string text;
  for (const Figure& figure : kFigures) text += fmt::format(",{}", figure.name);
  return text;
}

std::string exact_csv(const ArmResult& arm) {
  std::string text;
  for (const Figure& figure : kFigures) text += "," + figure_text(figure, arm, "");
  return text;
}

}  // namespace loopmark::harness
