// SPDX-License-Identifier: MIT
//
// What is to be measured: scenarios, each with its arms and its rules.
#pragma once

#include <chrono>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "harness/backend_catalogue.h"
#include "harness/environment.h"
#include "harness/json.h"
#include "harness/quantity.h"
#include "reactors/base/time.h"

namespace loopmark::harness {

/// How much is measured, and what counts as a difference.
struct Effort {
  std::size_t least_rounds;  // before there is a verdict
  std::size_t most_rounds;
  std::size_t curve_rounds;  // for scenarios without a verdict
  double margin;             // the smallest difference that matters
  double target;             // half-width of the intervals at which it is enough
  /// For a scenario with a verdict, which makes its least rounds whatever they take; the others get a
  /// quarter. 0: no bound.
  double most_seconds = 0;
  /// Arms are launched anew after so many rounds: a process's memory layout is one more thing to average over.
  std::size_t launch_rounds = 25;
  bool has_time = true;  // to launch the arms of a scenario more often where it wants that
};
/// The first and the last rounds of a launch are held against each other.
inline constexpr std::size_t kFewestLaunchRounds = 4;
/// After a launch, and they do not count: a new process meets cold caches and page faults.
inline constexpr std::size_t kDiscardedRounds = 2;
inline constexpr Effort kQuickEffort{50, 200, 25, 0.02, 0.02, 0, 12, false};
inline constexpr Effort kFullEffort{200, 400, 30, 0.01, 0.01, 65, 10};
inline constexpr Effort kDeepEffort{400, 3200, 100, 0.01, 0.005, 600, 10};

/// Labels of the arms that test the comparison itself: the baseline once more, and the baseline with
/// a known slow-down.
inline constexpr const char* kTwin = "twin";
inline constexpr const char* kPlanted = "planted";

/// One variant under comparison, in a process of its own.
struct ArmPlan {
  std::string label;   // in tables: the name, or "twin" for the baseline's second instance
  std::string arm;     // what the worker is told
  std::string module;  // where the backend is; empty: built in, or a bare loop
  std::string mechanism;
  std::string version;
  double planted = 0;               // of the baseline's time, added to each of its events
  std::uint64_t planted_steps = 0;  // the work that takes so long here, once that is known
  std::string struck = {};          // the clause that it does not keep and the work depends on

  /// Whether it is a check of the comparison itself, and nothing to show.
  bool is_control() const { return label == kTwin || label == kPlanted; }
};

struct ScenarioPlan {
  std::string workload;
  std::string parameters;  // "fds=100,active=1"
  std::string unit;
  std::string operation;  // whose latency is taken; empty: none
  std::string question;
  std::string timed;
  std::string not_shown;
  std::string verdicts = {};  // which scenarios of the workload get one, and why these
  bool judged = true;
  std::string why_unjudged = {};  // of one that else is judged
  Quantity quantity = Quantity::kTimePerEvent;
  std::size_t threads = 1;        // that are busy in it
  std::uint64_t slot_events = 0;  // 0: to be calibrated
  double slot_ms = 0;             // of such a slot
  /// Operations are timed once in so many rounds, in a slot of so many times as many.
  std::size_t sampled_every = 1;
  std::vector<std::string> clauses;  // that the work depends on
  /// Of the shorter slot in which calls and instructions are counted.
  std::uint64_t counted_events = 1;
  std::string not_counted = {};  // why they are not, for any arm; empty: they are
  int attempt = 1;               // a scenario that came out invalid is tried once more
  /// What the baseline's first process found, of the first point of a curve, and all others go by; 0: none.
  double pace = 0;
  Effort effort{};
  std::string why_margin = {};  // its margin is not that of the profile
  std::vector<ArmPlan> arms;    // the first is the baseline

  std::string id() const { return workload + "/" + parameters; }
  std::size_t rounds() const { return judged ? effort.most_rounds : effort.curve_rounds; }
  /// Not in the first rounds of a launch, where there is a choice.
  bool samples_in(std::size_t round) const { return round % sampled_every == sampled_every / 2; }
  std::size_t samples_within(std::size_t rounds) const {
    return (rounds + sampled_every - 1 - sampled_every / 2) / sampled_every;
  }
  double seconds() const { return judged ? effort.most_seconds : effort.most_seconds / 4; }
};

using ParameterValues = std::map<std::string, std::string>;  // by name

/// "fds=100,active=1", taken apart.
ParameterValues parameters_of(const std::string& text);

/// Which scenarios, of the workloads in the worker's `list`.
struct ScenarioChoice {
  /// "fd_scaling", "ping_pong/loops=2,bytes=1", or patterns of these; none: all.
  std::vector<std::string> selectors;
  /// "fds=10,100": these values instead of the listed scenarios, all combinations.
  std::vector<std::string> parameters;
  bool quick = false;  // the quick profile's only
  /// Libraries' own loops, too: in scenarios with a verdict, and in the first of a workload that has none.
  bool library_arms = true;
  std::size_t processors = usable_processors();  // more busy threads have no verdict; 0: not known
};

/// Whether one of `selectors`, as in ScenarioChoice, means `scenario`.
bool is_selected(const ScenarioPlan& scenario, const std::vector<std::string>& selectors);

/// The plan, in order of the list. Throws UsageError for names that are unknown, NothingRan when
/// nothing matches.
std::vector<ScenarioPlan> plan_scenarios(const std::vector<Json>& list,
                                         const ScenarioChoice& choice, const Effort& effort,
                                         const std::vector<const BackendInfo*>& backends);

/// How long it will take, from the length of slots and the bound on its time.
Duration estimate(const ScenarioPlan& scenario);
Duration estimate(std::span<const ScenarioPlan> plan);

/// The part of what is `left` of a budget that the first of `rest` has: what it takes until its first
/// round, which cannot be cut, and of what is left beside that of all, as much as its rounds are estimated
/// to need. Asked for anew before each, so that all that follow bear what one has overrun, not the next.
Duration share_of_first(std::span<const ScenarioPlan> rest, Duration left);

}  // namespace loopmark::harness
