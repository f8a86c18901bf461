// SPDX-License-Identifier: MIT
#include "harness/exact_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

namespace loopmark::harness {
namespace {

/// A figure of an arm, or nothing where it has none.
struct Figure {
  const char* head;  // of the table
  const char* name;  // in CSV
  int digits;
  std::optional<double> (*of)(const ArmResult& arm);
};

std::optional<double> counted(const ArmResult& arm, const char* counter, const char* name) {
  const auto found = arm.exact.find(counter);
  if (found == arm.exact.end() || !found->contains(name)) return std::nullopt;
  return found->at(name).get<double>();
}

std::optional<double> used(const ArmResult& arm, const char* name) {
  if (arm.all_events == 0) return std::nullopt;
  return arm.per_event(name);
}

std::optional<double> system_calls(const ArmResult& arm) {
  const auto found = arm.exact.find("system_calls");
  if (found == arm.exact.end()) return std::nullopt;
  double all = 0;
  for (const auto& [_, calls] : found->items()) all += calls.get<double>();
  return all;
}

using Arm = const ArmResult&;
constexpr Figure kFigures[] = {
    {"CALLS", "system_calls", 3, system_calls},
    {"INSTR", "instructions", 1, [](Arm arm) { return counted(arm, "instructions", "user"); }},
    {"ALLOC", "allocations", 3, [](Arm arm) { return counted(arm, "allocations", "calls"); }},
    {"BYTES", "allocated_bytes", 1, [](Arm arm) { return counted(arm, "allocations", "bytes"); }},
    {"GROWTH", "heap_growth", 1, [](Arm arm) { return counted(arm, "allocations", "growth"); }},
    {"HEAP", "heap_bytes", 0, [](Arm arm) { return counted(arm, "allocations", "heap"); }},
    {"USER ns", "user_ns", 0, [](Arm arm) { return used(arm, "user_ns"); }},
    {"SYSTEM ns", "system_ns", 0, [](Arm arm) { return used(arm, "system_ns"); }},
    {"WAITED", "voluntary_switches", 3, [](Arm arm) { return used(arm, "voluntary_switches"); }},
    {"PREEMPTED", "involuntary_switches", 4,
     [](Arm arm) { return used(arm, "involuntary_switches"); }},
    {"FAULTS", "faults", 4, [](Arm arm) { return used(arm, "faults"); }},
};

std::string text_of(const Figure& figure, const ArmResult& arm, const char* otherwise) {
  const std::optional<double> value = figure.of(arm);
  return value ? fmt::format("{:.{}f}", *value, figure.digits) : otherwise;
}

/// "epoll_wait 1.000 read 1.000 write 1.000"; what is under half a thousandth is left out.
std::string calls_by_name(const ArmResult& arm) {
  std::string text;
  const auto found = arm.exact.find("system_calls");
  if (found == arm.exact.end()) return text;
  for (const auto& [name, calls] : found->items()) {
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

}  // namespace

Cells exact_cells(const ScenarioResult& result) {
  Cells cells{{"BACKEND"}};
  for (const Figure& figure : kFigures) cells[0].emplace_back(figure.head);
  cells[0].emplace_back("SYSTEM CALLS BY NAME");
  for (const ArmResult& arm : result.arms()) {
    const bool tests = arm.plan.label == kTwin || arm.plan.label == kPlanted;
    if (tests || (arm.exact.is_null() && !result.has_row(arm))) continue;
    auto& line = cells.emplace_back(std::vector<std::string>{arm.plan.label});
    for (const Figure& figure : kFigures) line.push_back(text_of(figure, arm, "-"));
    line.push_back(calls_by_name(arm));
  }
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
    for (const auto& [counter, why] : arm.exact.value("missing", Json::object()).items()) {
      std::string& whose = missing[in_words(counter) + " n/a: " + why.get<std::string>()];
      whose += (whose.empty() ? "" : ", ") + arm.plan.label;
    }
    for (const auto& [counter, names] : arm.exact.value("varies", Json::object()).items()) {
      varying += fmt::format("{}: {} vary ({}): {}\n", arm.plan.label, in_words(counter),
                             ranges(names),
                             result.plan().varies.empty() ? "UNEXPLAINED" : result.plan().varies);
    }
  }
  for (const auto& [why, whose] : missing) slots += fmt::format("{} ({})\n", why, whose);
  return slots + varying;
}

bool varies_without_reason(const ScenarioResult& result) {
  const auto varies = [](const ArmResult& arm) { return arm.exact.contains("varies"); };
  return result.plan().varies.empty() &&
         std::any_of(result.arms().begin(), result.arms().end(), varies);
}

std::string exact_csv_head() {
  std::string text;
  for (const Figure& figure : kFigures) text += fmt::format(",{}", figure.name);
  return text;
}

std::string exact_csv(const ArmResult& arm) {
  std::string text;
  for (const Figure& figure : kFigures) text += "," + text_of(figure, arm, "");
  return text;
}

}  // namespace loopmark::harness
