// SPDX-License-Identifier: MIT
//
// Measures scenarios in rounds. A round is one short slot of every arm, in random order, each in a
// process of its own, all on the same processor, never two at a time: so whatever the machine does
// in that tenth of a second, it does to all of them. A round that is finished is in the journal;
// what is lost with the program is the round it was in.
#pragma once

#include <functional>
#include <memory>
#include <random>
#include <vector>

#include "harness/arm_process.h"
#include "harness/bench_plan.h"
#include "harness/bench_results.h"

namespace loopmark::harness {

class Conductor {
 public:
  struct Surroundings {
    /// Starts an arm on these processors.
    std::function<std::unique_ptr<ArmUnderTest>(const ScenarioPlan&, const ArmPlan&,
                                                const std::vector<int>& cpus)>
        launch;
    std::function<void(const Json& record)> append;  // to the journal
    std::function<bool()> interrupted;
    std::function<void(const ScenarioResult&)> progress;  // after each round
    std::uint64_t seed;
  };

  explicit Conductor(Surroundings surroundings) : out_(std::move(surroundings)) {}

  /// Measures `plan` until `deadline` or its own time is over, its intervals are narrow enough, its
  /// rounds are done, or it is interrupted. Goes on with `begun`, where there is one, as if it had not been left off: the
  /// order and the sizes of a round depend on the seed, the scenario and the round's number alone.
  ScenarioResult conduct(const ScenarioPlan& plan, const ScenarioResult* begun, TimePoint deadline);

 private:
  struct Seat {
    std::size_t arm;  // its number in the scenario
    std::unique_ptr<ArmUnderTest> process;
  };

  ScenarioResult begin(ScenarioPlan plan);
  void launch(ScenarioResult& result, std::size_t block);
  void discard_round(ScenarioResult& result);
  void ask_all(ScenarioResult& result, const std::function<std::string(const ArmResult&)>& command);
  void round(ScenarioResult& result);
  static Json measured(const ScenarioResult& result, ArmUnderTest& process, const ArmResult& arm,
                       double jitter);
  void watch_warm_up(ScenarioResult& result);
  void keep(ScenarioResult& result, const Json& record);
  std::string reason_to_stop(const ScenarioResult& result, TimePoint deadline,
                             TimePoint own_deadline);
  void lose(ScenarioResult& result, std::size_t arm, const ArmLost& loss);
  std::mt19937_64 random_for(const ScenarioResult& result, std::string_view what,
                             std::size_t number) const;

  Surroundings out_;
  std::vector<Seat> seats_;
};

}  // namespace loopmark::harness
