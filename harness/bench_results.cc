// SPDX-License-Identifier: MIT
#include "harness/bench_results.h"

#include <algorithm>

namespace loopmark::harness {
namespace {

Histogram read_histogram(const Json& json) {
  return Histogram::restore(json.at("buckets").get<std::vector<Histogram::Bucket>>(),
                            json.at("least"), json.at("most"));
}

bool decided(Comparison verdict) {
  return verdict == Comparison::kFaster || verdict == Comparison::kSlower;
}

}  // namespace

ScenarioResult::ScenarioResult(const Json& record) {
  plan_ = {.workload = record.at("workload"),
           .parameters = record.at("parameters"),
           .unit = record.at("unit"),
           .operation = record.at("operation"),
           .question = record.at("question"),
           .timed = record.at("timed"),
           .not_shown = record.at("not_shown"),
           .judged = record.at("judged"),
           .effort = {record.at("least_rounds"), record.at("most_rounds"), record.at("most_rounds"),
                      record.at("margin"), record.at("target")},
           .arms = {}};
  for (const Json& arm : record.at("arms")) {
    ArmResult& result = arms_.emplace_back();
    result.plan = {arm.at("label"), arm.at("arm"), arm.at("module"), arm.at("mechanism"),
                   arm.at("version")};
    result.evidence = arm.at("evidence");
    result.events = arm.at("events");
    plan_.arms.push_back(result.plan);
  }
}

ArmResult* ScenarioResult::find(std::string_view label) {
  const auto found = std::find_if(arms_.begin(), arms_.end(),
                                  [&](const ArmResult& arm) { return arm.plan.label == label; });
  return found == arms_.end() ? nullptr : &*found;
}

void ScenarioResult::add(const Json& record) {
  const std::string kind = record.at("record");
  if (kind == "end") ended_ = record.at("why");
  if (kind == "lost") {
    if (ArmResult* const arm = find(record.at("arm").get<std::string>())) {
      arm->lost = record.at("cause");
      arm->refused = record.at("refused");
    }
  }
  if (kind != "round") return;
  ++rounds_;
  for (const auto& [label, slot] : record.at("slots").items()) {
    ArmResult* const arm = find(label);
    if (arm == nullptr) continue;
    const auto events = slot.at("events").get<double>();
    arm->wall.push_back(slot.at("wall_ns").get<double>() / events);
    arm->cpu.push_back(slot.at("cpu_ns").get<double>() / events);
    if (slot.at("involuntary_switches").get<std::int64_t>() > 0) ++arm->preempted;
  }
  for (const auto& [label, histogram] : record.at("latencies").items()) {
    if (ArmResult* const arm = find(label)) arm->latency.merge(read_histogram(histogram));
  }
}

Row ScenarioResult::row(const ArmResult& arm) const {
  const Effort& effort = plan_.effort;
  Row row{.median = quantile(arm.wall, 0.5),
          .p10 = quantile(arm.wall, 0.1),
          .p90 = quantile(arm.wall, 0.9),
          .wall = paired_ratio(arm.wall, baseline().wall),
          .cpu = paired_ratio(arm.cpu, baseline().cpu),
          .verdict = Comparison::kUndecided,
          .disputed = false};
  row.verdict = judge(row.wall, effort.margin, effort.least_rounds);
  const Comparison by_cpu = judge(row.cpu, effort.margin, effort.least_rounds);
  row.disputed = decided(row.verdict) && decided(by_cpu) && row.verdict != by_cpu;
  return row;
}

bool ScenarioResult::invalid() const {
  const auto twin = std::find_if(arms_.begin(), arms_.end(),
                                 [](const ArmResult& arm) { return arm.plan.label == "twin"; });
  return twin != arms_.end() && has_row(*twin) && plan_.judged && decided(row(*twin).verdict);
}

double ScenarioResult::widest() const {
  double widest = 0;
  for (const ArmResult& arm : arms_) {
    if (!has_row(arm) || &arm == &baseline()) continue;
    const Ratio ratio = paired_ratio(arm.wall, baseline().wall);
    widest = std::max(widest, ratio.half_width() / ratio.value);
  }
  return widest;
}

std::vector<ScenarioResult> read_results(const std::vector<Json>& records) {
  std::vector<ScenarioResult> results;
  for (const Json& record : records) {
    if (record.at("record") == "scenario") {
      results.emplace_back(record);
      continue;
    }
    const std::string id = record.at("scenario");
    const auto found =
        std::find_if(results.begin(), results.end(),
                     [&](const ScenarioResult& each) { return each.plan().id() == id; });
    if (found != results.end()) found->add(record);
  }
  return results;
}

Json scenario_record(const ScenarioPlan& plan, const std::vector<ArmResult>& arms) {
  Json listed = Json::array();
  for (const ArmResult& arm : arms) {
    listed.push_back({{"label", arm.plan.label},
                      {"arm", arm.plan.arm},
                      {"module", arm.plan.module},
                      {"mechanism", arm.plan.mechanism},
                      {"version", arm.plan.version},
                      {"evidence", arm.evidence},
                      {"events", arm.events}});
  }
  return {{"record", "scenario"},          {"workload", plan.workload},
          {"parameters", plan.parameters}, {"unit", plan.unit},
          {"operation", plan.operation},   {"question", plan.question},
          {"timed", plan.timed},           {"not_shown", plan.not_shown},
          {"judged", plan.judged},         {"least_rounds", plan.effort.least_rounds},
          {"most_rounds", plan.rounds()},  {"margin", plan.effort.margin},
          {"target", plan.effort.target},  {"arms", listed}};
}

Json round_record(const std::string& id, std::size_t round, const Json& order, const Json& slots,
                  const Json& latencies) {
  return {{"record", "round"}, {"scenario", id}, {"round", round},
          {"order", order},    {"slots", slots}, {"latencies", latencies}};
}

Json lost_record(const std::string& id, const std::string& label, const std::string& cause,
                 bool refused) {
  return {
      {"record", "lost"}, {"scenario", id}, {"arm", label}, {"cause", cause}, {"refused", refused}};
}

Json end_record(const std::string& id, const std::string& why) {
  return {{"record", "end"}, {"scenario", id}, {"why", why}};
}

}  // namespace loopmark::harness
