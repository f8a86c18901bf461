// SPDX-License-Identifier: MIT
//
// The records of loopmark.rounds: how they are written, and how they are read.
#include "harness/bench_results.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "harness/round_check.h"

namespace loopmark::harness {
namespace {

// What a slot says of its use of the machine.
constexpr const char* kUsage[] = {
    "wall_ns", "user_ns", "system_ns", "voluntary_switches", "involuntary_switches", "faults"};

/// What is less was not measured; and a ratio of nothing to nothing is no number.
double at_least_one(double measured) {
  return std::max(1.0, measured);
}

}  // namespace

Json scenario_record(const ScenarioPlan& plan, const std::vector<ArmResult>& arms) {
  Json listed = Json::array();
  for (const ArmResult& arm : arms) {
    listed.push_back({{"label", arm.plan.label},
                      {"arm", arm.plan.arm},
                      {"module", arm.plan.module},
                      {"mechanism", arm.plan.mechanism},
                      {"version", arm.plan.version},
                      {"planted", arm.plan.planted},
                      {"planted_steps", arm.plan.planted_steps},
                      {"struck", arm.plan.struck},
                      {"evidence", arm.evidence},
                      {"events", arm.events}});
  }
  return {{"record", "scenario"},
          {"workload", plan.workload},
          {"parameters", plan.parameters},
          {"unit", plan.unit},
          {"operation", plan.operation},
          {"question", plan.question},
          {"timed", plan.timed},
          {"not_shown", plan.not_shown},
          {"verdicts", plan.verdicts},
          {"judged", plan.judged},
          {"why_unjudged", plan.why_unjudged},
          {"threads", plan.threads},
          {"least_rounds", plan.effort.least_rounds},
          {"most_rounds", plan.rounds()},
          {"margin", plan.effort.margin},
          {"why_margin", plan.why_margin},
          {"target", plan.effort.target},
          {"most_seconds", plan.effort.most_seconds},
          {"launch_rounds", plan.effort.launch_rounds},
          {"arms", listed},
          {"quantity", word(plan.quantity)},
          {"slot_events", plan.slot_events},
          {"slot_ms", plan.slot_ms},
          {"sampled_every", plan.sampled_every},
          {"clauses", plan.clauses},
          {"counted_events", plan.counted_events},
          {"not_counted", plan.not_counted},
          {"attempt", plan.attempt},
          {"pace", plan.pace}};
}

Json round_record(const std::string& id, std::size_t round, const Json& order, const Json& slots,
                  const Json& latencies) {
  return {{"record", "round"}, {"scenario", id}, {"round", round},
          {"order", order},    {"slots", slots}, {"latencies", latencies}};
}

Json warm_up_record(const std::string& id, std::size_t round, const std::string& unsteady) {
  return {{"record", "warm-up"}, {"scenario", id}, {"round", round}, {"unsteady", unsteady}};
}

Json lost_record(const std::string& id, const std::string& label, const std::string& cause,
                 bool refused) {
  return {
      {"record", "lost"}, {"scenario", id}, {"arm", label}, {"cause", cause}, {"refused", refused}};
}

Json load_record(const std::string& id, const Json& fractions) {
  return {{"record", "load"}, {"scenario", id}, {"fractions", fractions}};
}

Json exact_record(const std::string& id, const std::string& label, const Json& counts) {
  return {{"record", "exact"}, {"scenario", id}, {"arm", label}, {"counts", counts}};
}

Json end_record(const std::string& id, const std::string& why) {
  return {{"record", "end"}, {"scenario", id}, {"why", why}};
}

Histogram read_histogram(const Json& json) {
  return Histogram::restore(json.at("buckets").get<std::vector<Histogram::Bucket>>(),
                            json.at("least"), json.at("most"));
}

ScenarioResult::ScenarioResult(const Json& record) {
  plan_ = {.workload = record.at("workload"),
           .parameters = record.at("parameters"),
           .unit = record.at("unit"),
           .operation = record.at("operation"),
           .question = record.at("question"),
           .timed = record.at("timed"),
           .not_shown = record.at("not_shown"),
           .verdicts = record.value("verdicts", ""),
           .judged = record.at("judged"),
           .why_unjudged = record.value("why_unjudged", ""),
           .quantity = quantity_of(record.at("quantity").get<std::string>()),
           .threads = record.value("threads", std::size_t{1}),
           .slot_events = record.at("slot_events"),
           .slot_ms = record.at("slot_ms"),
           .sampled_every = record.value("sampled_every", std::size_t{1}),
           .clauses = record.at("clauses"),
           .counted_events = record.at("counted_events"),
           .not_counted = record.value("not_counted", ""),
           .attempt = record.at("attempt"),
           .pace = record.value("pace", 0.0),
           .effort = {record.at("least_rounds"), record.at("most_rounds"), record.at("most_rounds"),
                      record.at("margin"), record.at("target"), record.value("most_seconds", 0.0),
                      record.value("launch_rounds", std::size_t{25})},
           .why_margin = record.value("why_margin", ""),
           .arms = {}};
  for (const Json& arm : record.at("arms")) {
    ArmResult& result = arms_.emplace_back();
    result.plan = {.label = arm.at("label"),
                   .arm = arm.at("arm"),
                   .module = arm.at("module"),
                   .mechanism = arm.at("mechanism"),
                   .version = arm.at("version"),
                   .planted = arm.at("planted"),
                   .planted_steps = arm.at("planted_steps"),
                   .struck = arm.at("struck")};
    result.evidence = arm.at("evidence");
    result.events = arm.at("events");
    plan_.arms.push_back(result.plan);
  }
  if (arms_.empty()) throw std::invalid_argument("a scenario without arms");
  if (plan_.pace < 0) throw std::invalid_argument(fmt::format("a pace of {}", plan_.pace));
  if (plan_.effort.launch_rounds < kFewestLaunchRounds)
    throw std::invalid_argument(fmt::format("launches of {} rounds", plan_.effort.launch_rounds));
  if (plan_.sampled_every == 0 || plan_.effort.launch_rounds % plan_.sampled_every != 0)
    throw std::invalid_argument(fmt::format("operations timed every {} rounds, in launches of {}",
                                            plan_.sampled_every, plan_.effort.launch_rounds));
}

void ScenarioResult::add(const Json& record) {
  const std::string kind = record.at("record");
  if (kind == "end") ended_ = record.at("why");
  if (kind == "load") load_ = record.at("fractions");
  if (kind == "warm-up" && can_warm_longer()) {
    ++warm_up_doublings_;
    doubled_before_ = std::exchange(doubled_at_, rounds_);
  }
  if (kind == "round") add_round(record);
  if (kind != "lost" && kind != "exact") return;
  for (ArmResult& arm : arms_) {
    if (arm.plan.label != record.at("arm")) continue;
    if (kind == "exact") {
      check_counts(record.at("counts"));
      arm.exact = record.at("counts");
    } else {
      arm.lost = record.at("cause");
      arm.refused = record.at("refused");
    }
  }
}

void ScenarioResult::add_round(const Json& record) {
  const Json& slots = record.at("slots");
  const Json& latencies = record.at("latencies");
  for (ArmResult& arm : arms_) {
    const auto found = slots.find(arm.plan.label);
    if (found == slots.end()) {
      if (!arm.lost.empty()) continue;
      throw std::invalid_argument("a round without a slot of " + arm.plan.label +
                                  ", which is not lost");
    }
    const Json& slot = *found;
    check_slot(slot);
    const double events = at_least_one(slot.at("events"));
    arm.all_events += events;
    arm.compared.push_back(at_least_one(slot.at("wall_ns")) / events);
    arm.beside.push_back(at_least_one(slot.at("cpu_ns")) / events);
    if (plan_.quantity == Quantity::kProcessorTime)
      std::swap(arm.compared.back(), arm.beside.back());
    for (const char* const name : kUsage) arm.usage[name] += slot.value(name, 0.0);
    if (slot.value("involuntary_switches", 0) > 0) ++arm.preempted;
    if (slot.contains("values")) {
      for (const auto& [name, value] : slot.at("values").items()) arm.values[name].push_back(value);
    }
    if (slot.contains("histograms")) {
      for (const auto& [name, each] : slot.at("histograms").items()) {
        const Histogram histogram = read_histogram(each);
        arm.histograms[name].merge(histogram);
        add_slot(histogram, arm.percentiles[name]);
        arm.launch[name].merge(histogram);
      }
    }
    if (!latencies.contains(arm.plan.label)) continue;
    const Histogram latency = read_histogram(latencies.at(arm.plan.label));
    arm.latency.merge(latency);
    add_slot(latency, arm.percentiles[""]);
    arm.launch[""].merge(latency);
    if (plan_.quantity == Quantity::kOperation)
      arm.compared.back() = at_least_one(latency.median());
  }
  if (++rounds_ % plan_.effort.launch_rounds == 0) end_launch();
}

void ScenarioResult::end_launch() {
  for (ArmResult& arm : arms_) {
    for (const auto& [name, histogram] : arm.launch)
      add_slot(histogram, arm.launch_percentiles[name]);
    arm.launch.clear();
  }
}

std::vector<ScenarioResult> read_results(const std::vector<Json>& records) {
  std::vector<ScenarioResult> results;
  for (const Json& record : records) add_record(record, results);
  return results;
}

void add_record(const Json& record, std::vector<ScenarioResult>& results) {
  const bool opens = record.at("record") == "scenario";
  const std::string id =
      opens ? ScenarioResult(record).plan().id() : record.at("scenario").get<std::string>();
  ScenarioResult* const found = find_scenario(results, id);
  if (opens && found == nullptr) {
    results.emplace_back(record);
  } else if (opens) {
    *found = ScenarioResult(record);
  } else if (found != nullptr) {
    found->add(record);
  }
}

}  // namespace loopmark::harness
