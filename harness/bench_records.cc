// SPDX-License-Identifier: MIT
//
// The records of loopmark.rounds, as they are written.
#include "harness/bench_results.h"

namespace loopmark::harness {

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

}  // namespace loopmark::harness
