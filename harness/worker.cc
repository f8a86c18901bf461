// SPDX-License-Identifier: MIT
#include "harness/worker.h"

#include <fmt/format.h>
#include <string.h>

#include "harness/worker_process.h"

namespace loopmark::harness {
namespace {

std::string describe_signal(int number) {
  const char* const name = ::sigabbrev_np(number);  // real-time signals have none
  return name ? fmt::format("was killed by SIG{} ({})", name, ::sigdescr_np(number))
              : fmt::format("was killed by signal {}", number);
}

}  // namespace

std::string describe(const WorkerOutcome& outcome) {
  switch (outcome.end) {
    case WorkerOutcome::End::kExited:
      return fmt::format("exited with status {}", outcome.code);
    case WorkerOutcome::End::kSignalled:
      return describe_signal(outcome.code);
    case WorkerOutcome::End::kTimedOut:
      return fmt::format("did not end within {:.3g} s, and was killed",
                         std::chrono::duration<double>(outcome.elapsed).count());
  }
  return "";
}

WorkerOutcome run_worker(WorkerCommand command) {
  WorkerProcess worker(std::move(command));
  while (!worker.ended()) worker.wait();
  return worker.outcome();
}

}  // namespace loopmark::harness
