// SPDX-License-Identifier: MIT
//
// What has been measured: read from the records of a run's journal, and from nothing else. Tables
// and graphs are made of this; a record that is missing was not measured.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/bench_plan.h"
#include "harness/histogram.h"
#include "harness/json.h"
#include "harness/launches.h"
#include "harness/slot_percentiles.h"
#include "harness/statistics.h"

namespace loopmark::harness {

inline constexpr std::string_view kRoundsSchema = "loopmark.rounds/2";
inline constexpr const char* kRoundsFile = "rounds.ndjson";

/// So often the warm-up of a scenario is doubled; what is not steady then has no steady state.
inline constexpr int kMostDoublings = 3;

struct ArmResult {
  ArmPlan plan;
  std::string evidence;      // what proves the mechanism
  std::uint64_t events = 0;  // of a slot, before its jitter; 0: never calibrated
  std::string lost;          // why there are no figures; empty: there are
  bool refused = false;      // it was lost to a limit, and not to a fault
  /// What is compared, one a round: ns an event, or the median operation.
  std::vector<double> compared;
  /// What stands beside it, ns an event: processor time, or the wall clock's where that is compared.
  std::vector<double> beside;
  std::size_t preempted = 0;                           // slots in which it was
  Histogram latency;                                   // of single operations, all rounds together
  std::map<std::string, Histogram> histograms;         // that the workload names
  std::map<std::string, std::vector<double>> values;   // the same, one a round
  std::map<std::string, SlotPercentiles> percentiles;  // of each of `histograms`; "": of operations
  std::map<std::string, SlotPercentiles> launch_percentiles;  // of whole launches
  std::map<std::string, Histogram> launch;                    // the present one, so far
  double all_events = 0;                                      // of all rounds, for what follows:
  std::map<std::string, double> usage;  // user_ns, system_ns, voluntary_switches, ..., in sum
  Json exact;                           // what was counted in a pass of its own; null: nothing

  double per_event(const std::string& name) const;
};

/// One line of a scenario's table.
struct Row {
  double median, p10, p90;  // ns an event, or an operation
  Ratio compared, beside;   // to the baseline
  Comparison verdict;
  bool disputed;  // wall clock and processor time say opposite things
  LaunchCorrelation launches;
  bool unsteady;  // its first rounds after a launch differ from the last, whatever the warm-up

  /// Why less is known than the interval says; empty: nothing speaks against it.
  std::string doubt() const;
};

struct PercentileRatio {
  Ratio ratio;
  bool of_launches;  // and not of slots
};

/// The confidence of an interval that is one of `pairs`, all of which shall hold together: Bonferroni's.
double confidence_among(std::size_t pairs);

/// How `arm` compares with `reference`, one of `pairs` such comparisons: the interval
/// has confidence_among() them, and both halves of the rounds must agree.
Comparison judge_rounds(const std::vector<double>& arm, const std::vector<double>& reference,
                        const Effort& effort, std::size_t pairs);

class ScenarioResult {
 public:
  /// From the record that opens a scenario. Throws Json::exception or std::invalid_argument for one
  /// that is none.
  explicit ScenarioResult(const Json& record);

  /// Takes up a further record of this scenario. Throws as the constructor.
  void add(const Json& record);

  const ScenarioPlan& plan() const { return plan_; }
  const std::vector<ArmResult>& arms() const { return arms_; }
  const ArmResult& baseline() const { return arms_.front(); }
  std::size_t rounds() const { return rounds_; }
  /// Why no more rounds were made; empty: not finished.
  const std::string& ended() const { return ended_; }

  /// What else went on meanwhile, as MachineLoad::since() has it; null: not known.
  const Json& load() const { return load_; }

  /// The figures of an arm that has some, when the baseline has, too. The verdict holds for all arms
  /// of the scenario at once: its interval is wider than the 99 % one that is shown, as Bonferroni
  /// has it, and the two halves of the rounds must agree on the direction. A scenario is the family,
  /// for its table answers one question: see harness/MEASURING.md. Nothing here knows which arm is
  /// which.
  Row row(const ArmResult& arm) const;
  bool has_row(const ArmResult& arm) const {
    return arm.lost.empty() && arm.plan.struck.empty() && !arm.compared.empty() &&
           baseline().lost.empty();
  }

  /// How many arms are held against the baseline, at least 1: verdicts go by intervals that hold for
  /// all of these at once.
  std::size_t pairs() const;

  /// How kPercentiles[i] of an arm's slots compares with the baseline's, round by round: of the
  /// histogram of that name, or of operations where it is empty. Where a slot of either holds too few
  /// values for it, launch by launch, if there are enough for an interval; nothing when a launch does, too.
  std::optional<PercentileRatio> percentile_ratio(const ArmResult& arm,
                                                  const std::string& histogram,
                                                  std::size_t i) const;

  /// Why nothing here can be believed: the baseline came out different from its twin, a known
  /// slow-down was not found, or one of these two arms was lost.
  /// Empty when neither is so, and with too few rounds for a verdict.
  std::string why_invalid() const;
  bool invalid() const { return !why_invalid().empty(); }

  /// The arms whose first rounds after a launch differ from the last before the next, since the
  /// warm-up was doubled last; since the time before, where too few have followed for an interval.
  std::string unsteady() const;
  /// How often the warm-up was doubled for that.
  int warm_up_doublings() const { return warm_up_doublings_; }
  /// Whether it can be once more. Slots of a fixed number of events have none.
  bool can_warm_longer() const {
    return plan_.slot_events == 0 && warm_up_doublings_ < kMostDoublings;
  }

  /// An arm by its label, or null.
  const ArmResult* find(std::string_view label) const;

  /// How far neighbouring rounds of an arm that has figures hang together, -1 to 1. Those of one
  /// launch do, and its interval is wider for that.
  double autocorrelation(const ArmResult& arm) const;

  /// The widest interval of all arms, half of it, as a fraction of the ratio.
  double widest() const;

 private:
  void add_round(const Json& record);
  void end_launch();
  bool is_unsteady(const ArmResult& arm) const;

  ScenarioPlan plan_;
  std::vector<ArmResult> arms_;
  std::size_t rounds_ = 0;
  int warm_up_doublings_ = 0;
  std::size_t doubled_at_ = 0;      // the round
  std::size_t doubled_before_ = 0;  // the round of the time before
  std::string ended_;
  Json load_;
};

/// The scenarios in `records`, in order of their beginning. Of one that was tried twice, the second
/// try.
std::vector<ScenarioResult> read_results(const std::vector<Json>& records);

/// The one of `id` among them, or null.
const ScenarioResult* find_scenario(const std::vector<ScenarioResult>& results,
                                    std::string_view id);
ScenarioResult* find_scenario(std::vector<ScenarioResult>& results, std::string_view id);

/// Takes up one record more. Throws Json::exception or std::invalid_argument for one that is none.
void add_record(const Json& record, std::vector<ScenarioResult>& results);

/// A worker's or a journal's histogram. Throws as add_record() does.
Histogram read_histogram(const Json& json);

// The records.
Json scenario_record(const ScenarioPlan& plan, const std::vector<ArmResult>& arms);
Json round_record(const std::string& id, std::size_t round, const Json& order, const Json& slots,
                  const Json& latencies);
Json warm_up_record(const std::string& id, std::size_t round, const std::string& unsteady);
Json lost_record(const std::string& id, const std::string& label, const std::string& cause,
                 bool refused);
Json load_record(const std::string& id, const Json& fractions);
Json exact_record(const std::string& id, const std::string& label, const Json& counts);
Json end_record(const std::string& id, const std::string& why);

}  // namespace loopmark::harness
