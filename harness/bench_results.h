// SPDX-License-Identifier: MIT
//
// What has been measured: read from the records of a run's journal, and from nothing else. Tables
// and graphs are made of this; a record that is missing was not measured.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/bench_plan.h"
#include "harness/histogram.h"
#include "harness/json.h"
#include "harness/statistics.h"

namespace loopmark::harness {

inline constexpr std::string_view kRoundsSchema = "loopmark.rounds/1";
inline constexpr const char* kRoundsFile = "rounds.ndjson";

struct ArmResult {
  ArmPlan plan;
  std::string evidence;       // what proves the mechanism
  std::uint64_t events = 0;   // of a slot, before its jitter; 0: never calibrated
  std::string lost;           // why there are no figures; empty: there are
  bool refused = false;       // it was lost to a limit, and not to a fault
  std::vector<double> wall;   // ns an event, one a round
  std::vector<double> cpu;    // the same in processor time
  std::size_t preempted = 0;  // slots in which it was
  Histogram latency;          // of single operations, all rounds together
};

/// One line of a scenario's table.
struct Row {
  double median, p10, p90;  // ns an event
  Ratio wall, cpu;          // to the baseline
  Comparison verdict;
  bool disputed;  // wall clock and processor time say opposite things
};

class ScenarioResult {
 public:
  /// From the record that opens a scenario. Throws Json::exception for one that is none.
  explicit ScenarioResult(const Json& record);

  /// Takes up a further record of this scenario.
  void add(const Json& record);

  const ScenarioPlan& plan() const { return plan_; }
  const std::vector<ArmResult>& arms() const { return arms_; }
  const ArmResult& baseline() const { return arms_.front(); }
  std::size_t rounds() const { return rounds_; }
  const std::string& ended() const {
    return ended_;
  }  // why no more rounds were made; empty: not finished

  /// The figures of an arm that has some, when the baseline has, too.
  Row row(const ArmResult& arm) const;
  bool has_row(const ArmResult& arm) const {
    return arm.lost.empty() && !arm.wall.empty() && baseline().lost.empty();
  }

  /// The baseline's second instance came out different from it: nothing else here can be believed.
  bool invalid() const;

  /// The widest interval of all arms, as half a fraction.
  double widest() const;

 private:
  ArmResult* find(std::string_view label);

  ScenarioPlan plan_;
  std::vector<ArmResult> arms_;
  std::size_t rounds_ = 0;
  std::string ended_;
};

/// The scenarios in `records`, in order of their beginning.
std::vector<ScenarioResult> read_results(const std::vector<Json>& records);

// The records.
Json scenario_record(const ScenarioPlan& plan, const std::vector<ArmResult>& arms);
Json round_record(const std::string& id, std::size_t round, const Json& order, const Json& slots,
                  const Json& latencies);
Json lost_record(const std::string& id, const std::string& label, const std::string& cause,
                 bool refused);
Json end_record(const std::string& id, const std::string& why);

}  // namespace loopmark::harness
