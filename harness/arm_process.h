// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "harness/bench_plan.h"
#include "harness/framing.h"
#include "harness/worker_process.h"

namespace loopmark::harness {

/// An arm can measure no more in this scenario: it refused (a limit, nothing wrong), or its process
/// died, hung, or did the work wrong. what() is the cause, for its row of the table.
struct ArmLost : std::runtime_error {
  ArmLost(const std::string& cause, bool was_refused)
      : runtime_error(cause), refused(was_refused) {}
  bool refused;
};

/// One arm of one scenario as the conductor sees it: something that answers commands. A test may
/// have its own.
class ArmUnderTest {
 public:
  virtual ~ArmUnderTest() = default;

  /// Sends a command of bench/worker.h and waits for the answer. Throws ArmLost.
  virtual Json ask(const std::string& command) = 0;
};

/// The answer that is next in `lines`, if it is whole. Throws ArmLost for a refusal, and for what is no answer.
std::optional<Json> next_answer(ResultLines& lines);

/// The command line of `worker` for an arm: it takes commands, unless more is added.
std::vector<std::string> workload_arguments(const std::string& worker, const ScenarioPlan& scenario,
                                            const ArmPlan& arm);

/// An arm in a worker process of its own.
class ArmProcess final : public ArmUnderTest {
 public:
  /// Starts `worker`, its loop on the first of `cpus`, a second thread on the second.
  ArmProcess(const std::string& worker, const ScenarioPlan& scenario, const ArmPlan& arm,
             const std::vector<int>& cpus);

  Json ask(const std::string& command) override;

 private:
  WorkerProcess process_;
  ResultLines lines_;
};

}  // namespace loopmark::harness
