// SPDX-License-Identifier: MIT
#include "harness/exact_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "harness/bench_table.h"
#include "harness/text_table.h"

namespace loopmark::harness {
namespace {

/// What was counted: the least and the most, where it was not the same each time.
struct Range {
  double least = 0;
  double most = 0;
};

/// A figure of an arm, or nothing where it has none.
struct Figure {
  const char* head;  // of the table; null: not in it, since it is not exact
  const char* name;  // in CSV
  int digits;
  std::optional<Range> (*of)(const ArmResult& arm);
};

/// A part of an arm's counts, such as of one counter; empty where there is none.
const Json& part_of(const Json& counts, const char* name) {
  static const Json nothing = Json::object();
  const auto found = counts.find(name);
  return found == counts.end() ? nothing : *found;
}

/// What `counter` has counted, by name. A count cannot be below 0: what is left to chance may have
/// done less in the longer slot.
std::map<std::string, Range> ranges_of(const ArmResult& arm, const char* counter) {
  std::map<std::string, Range> all;
  for (const auto& [name, count] : part_of(arm.exact, counter).items())
    all[name] = {count.get<double>(), count.get<double>()};
  for (const auto& [name, range] : part_of(part_of(arm.exact, "varies"), counter).items()) {
    const bool counts = name != "growth";
    const double least = range.at(0);
    const double most = range.at(1);
    all[name] = {counts ? std::max(least, 0.0) : least, counts ? std::max(most, 0.0) : most};
  }
  return all;
}

std::optional<Range> counted(const ArmResult& arm, const char* counter, const char* name) {
  const std::map<std::string, Range> all = ranges_of(arm, counter);
  const auto found = all.find(name);
  if (found == all.end()) return std::nullopt;
  return found->second;
}

std::optional<Range> exactly(double value) {
  return Range{value, value};
}

std::optional<Range> used(const ArmResult& arm, const char* name) {
  if (arm.all_events == 0 || !arm.plan.struck.empty()) return std::nullopt;
  return exactly(arm.per_event(name));
}

std::optional<Range> system_calls(const ArmResult& arm) {
  if (!arm.exact.contains("system_calls")) return std::nullopt;
  Range all;
  for (const auto& [_, calls] : ranges_of(arm, "system_calls")) {
    all.least += calls.least;
    all.most += calls.most;
  }
  return all;
}

std::optional<Range> resident(const ArmResult& arm) {
  const auto found = arm.exact.find("resident");
  if (found == arm.exact.end()) return std::nullopt;
  return exactly(found->get<double>());
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
    {"WALL ns", "wall_ns", 0, [](Arm arm) { return used(arm, "wall_ns"); }},
    {"USER ns", "user_ns", 0, [](Arm arm) { return used(arm, "user_ns"); }},
    {"SYSTEM ns", "system_ns", 0, [](Arm arm) { return used(arm, "system_ns"); }},
    {"WAITED", "voluntary_switches", 3, [](Arm arm) { return used(arm, "voluntary_switches"); }},
    {"PREEMPTED", "involuntary_switches", 4,
     [](Arm arm) { return used(arm, "involuntary_switches"); }},
    {"FAULTS", "faults", 4, [](Arm arm) { return used(arm, "faults"); }},
};

/// "3.000", or "2.997..3.001" where both ends look different.
std::string range_text(const Range& range, int digits) {
  const std::string least = fmt::format("{:.{}f}", range.least, digits);
  const std::string most = fmt::format("{:.{}f}", range.most, digits);
  return least == most ? least : least + ".." + most;
}

/// "epoll_wait 1.000 read 1.000 write 1.000"; what is under half a thousandth is left out.
std::string calls_by_name(const ArmResult& arm) {
  std::string text;
  for (const auto& [name, calls] : ranges_of(arm, "system_calls")) {
    if (calls.most < 0.0005) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : " ", name, range_text(calls, 3));
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
    text += fmt::format("{}{} {:.12g} to {:.12g}", text.empty() ? "" : ", ", name,
                        range.at(0).get<double>(), range.at(1).get<double>());
  }
  return text;
}

std::string figure_text(const Figure& figure, const ArmResult& arm) {
  const std::optional<Range> value = figure.of(arm);
  return value ? range_text(*value, figure.digits) : "-";
}

/// "3.000", or "3.000 + 1.000 allocations".
std::string point_text(const ArmResult& arm) {
  const std::optional<Range> calls = system_calls(arm);
  const std::optional<Range> allocations = counted(arm, "allocations", "calls");
  if (!calls) return "-";
  if (!allocations || allocations->most < 0.0005) return range_text(*calls, 3);
  return fmt::format("{} + {} allocations", range_text(*calls, 3), range_text(*allocations, 3));
}

/// Every arm that has figures, and every figure that one of them has.
Cells exact_cells(const ScenarioResult& result) {
  std::vector<const ArmResult*> arms;
  for (const ArmResult& arm : result.arms()) {
    const bool has_any = !arm.exact.is_null() || result.has_row(arm);
    if (has_any && !arm.plan.is_control()) arms.push_back(&arm);
  }
  Cells cells{{"BACKEND"}};
  for (const ArmResult* const arm : arms) cells.push_back({arm->plan.label});
  for (const Figure& figure : kFigures) {
    const auto has = [&](const ArmResult* arm) { return figure.of(*arm).has_value(); };
    if (!figure.head || std::none_of(arms.begin(), arms.end(), has)) continue;
    cells[0].emplace_back(figure.head);
    for (std::size_t i = 0; i < arms.size(); ++i)
      cells[i + 1].push_back(figure_text(figure, *arms[i]));
  }
  if (std::all_of(arms.begin(), arms.end(),
                  [](const ArmResult* arm) { return calls_by_name(*arm).empty(); })) {
    return cells;
  }
  cells[0].emplace_back("SYSTEM CALLS BY NAME");
  for (std::size_t i = 0; i < arms.size(); ++i) cells[i + 1].push_back(calls_by_name(*arms[i]));
  return cells;
}

/// Adds an arm to those of which `what` is to be said.
void note(std::map<std::string, std::string>& notes, const std::string& what,
          const ArmResult& arm) {
  std::string& whose = notes[what];
  whose += (whose.empty() ? "" : ", ") + arm.plan.label;
}

/// The events that were counted.
std::string slots_text(const ScenarioResult& result) {
  for (const ArmResult& arm : result.arms()) {
    if (arm.exact.is_null() || !arm.exact.contains("events")) continue;
    return fmt::format("counted: the growth from {} to {} events\n",
                       arm.exact["events"][0].get<std::uint64_t>(),
                       arm.exact["events"][1].get<std::uint64_t>());
  }
  return "";
}

std::string exact_notes(const ScenarioResult& result) {
  if (!result.plan().not_counted.empty())
    return fmt::format("calls, instructions and allocations are not counted: {}\n",
                       result.plan().not_counted);
  std::map<std::string, std::string> notes;  // what is to be said, and of which arms
  std::string unexplained;
  for (const ArmResult& arm : result.arms()) {
    for (const auto& [counter, why] : part_of(arm.exact, "missing").items())
      note(notes, in_words(counter) + " n/a: " + why.get<std::string>(), arm);
    const std::string because = arm.exact.is_null() ? "" : arm.exact.value("because", "");
    for (const auto& [counter, names] : part_of(arm.exact, "varies").items()) {
      if (because.empty()) {
        unexplained += fmt::format("{}: {} vary ({}): UNEXPLAINED\n", arm.plan.label,
                                   in_words(counter), ranges(names));
      } else {
        note(notes, in_words(counter) + " vary: " + because, arm);
      }
    }
  }
  std::string text = slots_text(result);
  for (const auto& [what, whose] : notes) text += fmt::format("{} ({})\n", what, whose);
  return text + unexplained;
}

/// How rough the division into user and system time is.
std::string division_text(const ScenarioResult& result) {
  const ArmResult* const twin = result.find(kTwin);
  if (twin == nullptr || !result.has_row(*twin)) return "";
  const auto times = [&](const char* name) {
    const std::optional<Range> once = used(result.baseline(), name);
    const std::optional<Range> again = used(*twin, name);
    return once && again && once->most > 0 ? fmt::format("{:.2f}", again->most / once->most) : "-";
  };
  return fmt::format(
      "USER and SYSTEM are divided by what the kernel finds at its ticks: the twin's are {} and {} "
      "times the baseline's\n",
      times("user_ns"), times("system_ns"));
}

/// Why points of a curve have no counts: for each reason the arms and points, unless it is all of them.
std::string missing_at(const std::vector<const ScenarioResult*>& points) {
  std::map<std::string, std::map<std::string, std::size_t>>
      arms;  // with the reason: at so many points
  std::map<std::string, std::set<std::string>> where;
  for (const ScenarioResult* point : points) {
    for (const ArmResult& arm : point->arms()) {
      for (const auto& [counter, why] : part_of(arm.exact, "missing").items()) {
        const std::string reason = in_words(counter) + " n/a: " + why.get<std::string>();
        ++arms[reason][arm.plan.label];
        where[reason].insert(point->plan().parameters);
      }
    }
  }
  std::string text;
  for (const auto& [reason, labels] : arms) {
    text += reason;
    if (where[reason].size() < points.size())
      text += fmt::format(": {}", fmt::join(where[reason], " "));
    std::vector<std::string> names;
    for (const auto& [label, _] : labels) names.push_back(label);
    const std::size_t all = points.front()->plan().arms.size();
    text += names.size() < all ? fmt::format(" ({})\n", fmt::join(names, ", ")) : "\n";
  }
  return text;
}

/// Why the counts of an arm vary that do.
std::string why_varying(const ArmResult& arm) {
  const std::string because = arm.exact.value("because", "");
  return because.empty() ? "UNEXPLAINED" : because;
}

std::string varying_at(const std::vector<const ScenarioResult*>& points) {
  std::map<std::string, std::string> reasons;  // and the points
  for (const ScenarioResult* point : points) {
    const auto varying =
        std::find_if(point->arms().begin(), point->arms().end(),
                     [](const ArmResult& arm) { return !part_of(arm.exact, "varies").empty(); });
    if (varying == point->arms().end()) continue;
    reasons[why_varying(*varying)] += " " + point->plan().parameters;
  }
  std::string text;
  for (const auto& [why, where] : reasons) text += fmt::format("vary: {}:{}\n", why, where);
  return text;
}

}  // namespace

std::string exact_table(const ScenarioResult& result, bool markdown) {
  const Cells cells = exact_cells(result);
  if (cells.size() == 1) return "";
  const char* const gap = markdown ? "\n" : "";
  if (cells[0].size() == 1) return exact_notes(result);  // no arm has figures
  return fmt::format("{}An event takes:\n{}{}{}{}", gap, gap, text_table(cells, markdown), gap,
                     division_text(result) + exact_notes(result));
}

std::string exact_curves(const std::vector<const ScenarioResult*>& points, bool markdown) {
  if (!points.front()->plan().not_counted.empty()) return exact_notes(*points.front());
  bool counted_some = false;
  const Cells cells =
      cells_by_point("BACKEND", points, [&](const ScenarioResult&, const ArmResult& arm) {
        std::string text = point_text(arm);
        counted_some = counted_some || text != "-";
        return text;
      });
  if (!counted_some) return missing_at(points);
  const char* const gap = markdown ? "\n" : "";
  return fmt::format("{}System calls an event, and allocations:\n{}{}{}{}{}", gap, gap,
                     text_table(cells, markdown), gap, varying_at(points), missing_at(points));
}

std::string exact_csv_head() {
  std::string text;
  for (const Figure& figure : kFigures) text += fmt::format(",{}", figure.name);
  return text + ",calls_by_name,counts_vary,not_counted";
}

std::string exact_csv(const ArmResult& arm) {
  std::string text;
  for (const Figure& figure : kFigures) {
    const std::optional<Range> value = figure.of(arm);
    text += value ? fmt::format(",{:.{}f}", value->most, figure.digits) : ",";
  }
  std::string missing;
  for (const auto& [counter, why] : part_of(arm.exact, "missing").items())
    missing += fmt::format("{}{}: {}", missing.empty() ? "" : "; ", in_words(counter),
                           why.get<std::string>());
  const std::string why = part_of(arm.exact, "varies").empty() ? "" : why_varying(arm);
  return text + fmt::format(",{},{},{}", csv_field(calls_by_name(arm)), csv_field(why),
                            csv_field(missing));
}

}  // namespace loopmark::harness
