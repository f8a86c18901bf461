// SPDX-License-Identifier: MIT
//
// What is to be measured: scenarios, each with its arms and its rules.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "harness/backend_catalogue.h"
#include "harness/json.h"
#include "reactors/base/time.h"

namespace loopmark::harness {

/// How much is measured, and what counts as a difference.
struct Effort {
  std::size_t least_rounds;  // before there is a verdict
  std::size_t most_rounds;
  std::size_t curve_rounds;  // for scenarios without a verdict
  double margin;             // the smallest difference that matters
  double target;             // half-width of the intervals at which it is enough
};
inline constexpr Effort kQuickEffort{50, 200, 25, 0.02, 0.02};
inline constexpr Effort kFullEffort{200, 400, 50, 0.01, 0.01};

/// One variant under comparison, in a process of its own.
struct ArmPlan {
  std::string label;   // in tables: the name, or "twin" for the baseline's second instance
  std::string arm;     // what the worker is told
  std::string module;  // where the backend is; empty: built in, or a bare loop
  std::string mechanism;
  std::string version;
};

struct ScenarioPlan {
  std::string workload;
  std::string parameters;  // "fds=100,active=1"
  std::string unit;
  std::string operation;  // whose latency is taken; empty: none
  std::string question;
  std::string timed;
  std::string not_shown;
  bool judged = true;
  Effort effort{};
  std::vector<ArmPlan> arms;  // the first is the baseline, the second its twin

  std::string id() const { return workload + "/" + parameters; }
  std::size_t rounds() const { return judged ? effort.most_rounds : effort.curve_rounds; }
};

/// Which scenarios, of the workloads in the worker's `list`.
struct ScenarioChoice {
  std::vector<std::string>
      selectors;  // "fd_scaling", "ping_pong/loops=2,bytes=1", or patterns of these; none: all
  std::vector<std::string>
      parameters;  // "fds=10,100": these values instead of the listed scenarios, all combinations
  bool quick = false;  // the quick profile's only
};

/// The plan, in order of the list. Throws UsageError for names that are unknown, NothingRan when
/// nothing matches.
std::vector<ScenarioPlan> plan_scenarios(const std::vector<Json>& list,
                                         const ScenarioChoice& choice, const Effort& effort,
                                         const std::vector<const BackendInfo*>& backends);

/// How long it will take, from the length of slots.
Duration estimate(const ScenarioPlan& scenario);

}  // namespace loopmark::harness
