// SPDX-License-Identifier: MIT
#include "harness/google_benchmark_json.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "harness/bench_table.h"

namespace loopmark::harness {
namespace {

std::string name_of(const ScenarioPlan& scenario, const ArmPlan& arm) {
  std::string label = arm.label;
  std::replace(label.begin(), label.end(), '/', '.');
  return scenario.id() + "/" + label + "/manual_time";
}

/// "2026-11-22T10-20-07Z" as "2026-11-22T10:20:07+00:00".
std::string date_of(std::string started) {
  if (started.size() != 20) return started;
  started[13] = started[16] = ':';
  return started.substr(0, 19) + "+00:00";
}

Json context_of(const Json& record, const std::string& started) {
  const Json& machine = record.at("machine");
  const Json& tool = record.at("tool");
  const std::string mhz = machine.value("mhz", "");
  const Json governor = machine.value("governor", Json());
  const bool optimized = tool.value("build_type", "") != "Debug";
  Json load = machine.value("load", Json());
  if (!load.is_array()) load = Json::array();
  return {{"date", date_of(started)},
          {"host_name", ""},  // results carry no names
          {"executable", "loopmark " + tool.value("version", "")},
          {"num_cpus", machine.value("processors", 0)},
          {"mhz_per_cpu", std::lround(std::strtod(mhz.c_str(), nullptr))},
          {"cpu_scaling_enabled", governor.is_string() && governor != "performance"},
          {"caches", Json::array()},
          {"load_avg", load},
          {"library_build_type", optimized ? "release" : "debug"}};
}

/// What all entries of one arm begin with.
Json entry_of(const std::string& name, std::size_t family, std::size_t repetitions) {
  return {{"name", name},     {"family_index", family},  {"per_family_instance_index", 0},
          {"run_name", name}, {"run_type", "iteration"}, {"repetitions", repetitions}};
}

void add_times(Json& entry, std::uint64_t iterations, double wall, double cpu) {
  entry["iterations"] = iterations;
  entry["real_time"] = wall;
  entry["cpu_time"] = cpu;
  entry["time_unit"] = "ns";
}

void add_error(const std::string& why, const std::string& name, std::size_t family, Json& entries) {
  Json entry = entry_of(name, family, 1);
  entry["repetition_index"] = 0;
  entry["threads"] = 1;
  entry["error_occurred"] = true;
  entry["error_message"] = why;
  add_times(entry, 0, 0, 0);
  entries.push_back(std::move(entry));
}

void add_rounds(const ArmResult& arm, Quantity quantity, const std::string& name,
                std::size_t family, Json& entries) {
  const bool by_processor = quantity == Quantity::kProcessorTime;
  const std::vector<double>& wall = by_processor ? arm.beside : arm.compared;
  const std::vector<double>& cpu = by_processor ? arm.compared : arm.beside;
  const auto add_rest = [&arm, &entries, quantity](Json& entry, std::uint64_t iterations,
                                                   double wall_ns, double cpu_ns) {
    entry["threads"] = 1;
    add_times(entry, iterations, wall_ns, cpu_ns);
    if (is_per_event(quantity)) entry["items_per_second"] = 1e9 / wall_ns;
    entry["label"] = arm.evidence;
    entries.push_back(std::move(entry));
  };
  const std::size_t rounds = wall.size();
  for (std::size_t round = 0; round < rounds; ++round) {
    Json entry = entry_of(name, family, rounds);
    entry["repetition_index"] = round;
    add_rest(entry, arm.events, wall[round], cpu[round]);
  }
  Json median = entry_of(name, family, rounds);
  median["name"] = name + "_median";
  median["run_type"] = "aggregate";
  median["aggregate_name"] = "median";
  median["aggregate_unit"] = "time";
  add_rest(median, rounds, quantile(wall, 0.5), quantile(cpu, 0.5));
}

}  // namespace

Json google_benchmark_json(const std::vector<ScenarioResult>& results, const Json& record,
                           const std::string& started) {
  Json entries = Json::array();
  std::size_t family = 0;
  for (const ScenarioResult& result : results) {
    for (const ArmResult& arm : result.arms()) {
      if (arm.plan.is_control()) continue;
      const std::string name = name_of(result.plan(), arm.plan);
      if (!arm.lost.empty() || !arm.plan.struck.empty() || arm.compared.empty()) {
        add_error(lost_text(arm), name, family, entries);
      } else if (result.invalid()) {
        add_error("INVALID: " + result.why_invalid(), name, family, entries);
      } else {
        add_rounds(arm, result.plan().quantity, name, family, entries);
      }
      ++family;
    }
  }
  return {{"context", context_of(record, started)}, {"benchmarks", entries}};
}

}  // namespace loopmark::harness
