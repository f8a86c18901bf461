// SPDX-License-Identifier: MIT
#include "harness/counted_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "harness/framing.h"
#include "harness/json_text.h"
#include "harness/timed_region.h"

namespace loopmark::harness {
namespace {

// The slots that are held against each other: a short and a long one, twice. What only the first two
// of a process do, such as grow a table, is not counted; they are a short and a long one, too, since
// some tables grow with what is done in one slot.
constexpr std::size_t kSlots = 6;
constexpr std::size_t kShorter[] = {2, 4};
constexpr const char* kOnDemand = "counted on demand, by loopmark exact --curves";

/// The last line on standard error that is no announcement.
std::string complaint(const std::string& errors) {
  std::istringstream lines(errors);
  std::string last;
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.find(kAnnouncement) == line.npos) last = line;
  }
  return last.empty() ? "" : ": " + excerpt(last, 200);
}

/// Takes up what the worker answered: the events of its slots, or that it refused.
void read_answers(const std::string& results, CountedRun& run) {
  std::istringstream lines(results);
  for (std::string line; std::getline(lines, line);) {
    Json answer;
    try {
      answer = read_json(line);
    } catch (const BadJson&) {  // torn: then it did not end well, either
    }
    if (!answer.is_object()) continue;
    for (const char* const failure : {"refused", "wrong"}) {
      if (!answer.contains(failure)) continue;
      run.failure = answer.at(failure);
      run.refused = true;
    }
    run.left_to_chance = answer.value("left_to_chance", run.left_to_chance);
    if (answer.contains("events")) run.events.push_back(answer.at("events"));
  }
}

/// Why nothing can be made of a run; empty: something can.
std::string fault_of(const CountedRun& run) {
  if (!run.failure.empty()) return run.failure;
  if (run.events.size() != kSlots || run.slots.size() != kSlots) {
    return fmt::format("{} slots of {} were counted", run.slots.size(), kSlots);
  }
  for (const std::size_t at : kShorter) {
    if (run.events[at + 1] > run.events[at]) continue;
    return fmt::format("slots of {} and of {} events cannot be told apart", run.events[at],
                       run.events[at + 1]);
  }
  return "";
}

/// Each figure of a run, as often as it was found.
std::vector<Counts> figures_of(const CountedRun& run) {
  std::vector<Counts> all;
  for (const std::size_t at : kShorter) {
    const SlotCounts& shorter = run.slots[at];
    const SlotCounts& longer = run.slots[at + 1];
    const auto events = static_cast<double>(run.events[at + 1] - run.events[at]);
    Counts& figures = all.emplace_back(per_event(shorter.sums, longer.sums, events));
    if (!shorter.states.contains("heap")) continue;
    figures["growth"] = per_event(shorter.states, longer.states, events)["heap"];
    figures["heap"] = shorter.states.find("heap")->second;
  }
  return all;
}

/// The figures that differ, with their least and their most.
Json differences(const std::vector<Counts>& all) {
  Json found = Json::object();
  std::map<std::string, std::vector<double>> by_name;
  for (const Counts& figures : all) {
    for (const auto& [name, value] : figures) by_name[name].push_back(value);
  }
  for (auto& [name, values] : by_name) {
    values.resize(all.size());  // who has no such system call made 0 of them
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    if (*least != *most) found[name] = {*least, *most};
  }
  return found;
}

}  // namespace

std::string slot_sizes(std::uint64_t events) {
  return fmt::format("{0},{1},{0},{1},{0},{1}", events, 6 * events);
}

CountedRun read_run(const Counter& counter, const WorkerOutcome& outcome,
                    const std::filesystem::path& folder) {
  CountedRun run;
  try {
    read_answers(outcome.results, run);
  } catch (const Json::exception& error) {
    run.failure = "its process wrote an answer that cannot be read: " + reason_of(error);
  }
  if (run.refused || !run.failure.empty()) return run;
  if (outcome.end != WorkerOutcome::End::kExited || outcome.code != 0) {
    run.failure = "its process " + describe(outcome) + complaint(outcome.errors);
    return run;
  }
  try {
    run.slots = counter.read(outcome, folder);
  } catch (const std::runtime_error& error) {
    run.failure = error.what();
  }
  return run;
}

Json counts_of(const std::vector<Counter>& counters,
               const std::vector<std::vector<CountedRun>>& runs) {
  Json counts = Json::object();
  for (std::size_t i = 0; i < counters.size(); ++i) {
    const std::string& name = counters[i].name;
    std::string why = counters[i].missing;
    std::vector<Counts> all;
    for (const CountedRun& run : runs[i]) {
      if (why.empty()) why = fault_of(run);
      if (!why.empty()) break;
      if (!counts.contains("events"))
        counts["events"] = {run.events[kShorter[0]], run.events[kShorter[0] + 1]};
      for (Counts& figures : figures_of(run)) all.push_back(std::move(figures));
    }
    for (const CountedRun& run : runs[i])
      if (!run.left_to_chance.empty()) counts["because"] = run.left_to_chance;
    if (!why.empty() || all.empty()) {
      counts["missing"][name] = why.empty() ? kOnDemand : why;
      continue;
    }
    counts[name] = all.front();
    const Counts& states = runs[i].front().slots.back().states;
    if (states.contains("resident")) counts["resident"] = states.find("resident")->second;
    Json varying = differences(all);
    if (!varying.empty()) counts["varies"][name] = std::move(varying);
  }
  return counts;
}

Json no_counts(const std::vector<Counter>& counters, const std::string& why) {
  Json counts;
  for (const Counter& counter : counters) counts["missing"][counter.name] = why;
  return counts;
}

Json repeatable(Json counts) {
  if (!counts.is_object()) return counts;
  if (counts.contains("varies")) {
    const Json varies = counts["varies"];
    for (const auto& [counter, _] : varies.items()) counts.erase(counter);
  }
  if (!counts.value("because", "").empty()) {
    // How often a loop allocates is not by chance: in 346 such arms of two runs it was the same.
    Json kept = Json::object();
    for (const char* const name : {"calls", "bytes", "frees"}) {
      const Json::json_pointer place = Json::json_pointer("/allocations") / name;
      if (counts.contains(place)) kept[place] = counts[place];
    }
    return kept;
  }
  for (const char* const name : {"events", "missing", "varies", "because", "resident"})
    counts.erase(name);
  return counts;
}

}  // namespace loopmark::harness
