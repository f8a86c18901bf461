// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <optional>

#include "harness/interruption.h"
#include "harness/worker_process.h"

namespace loopmark::harness {

/// How many workers at once keep all processors busy, at least 1.
std::size_t default_jobs();

/// Runs the workers 0 to `count` - 1, begun in that order, at most `jobs` at a time. `command` is asked
/// when a worker's turn has come, and may answer that there is nothing to run; `done` gets the
/// outcome of each that ran, as soon as it is there. Returns false when it was interrupted: what ran
/// then is killed, and its outcome lost. Throws what the WorkerProcess throws.
bool run_workers(std::size_t count, std::size_t jobs, Interruption& interruption,
                 const std::function<std::optional<WorkerCommand>(std::size_t)>& command,
                 const std::function<void(std::size_t, const WorkerOutcome&)>& done);

}  // namespace loopmark::harness
