// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "conformance/interleavings/scenarios.h"
#include "reactors/backend.h"

namespace loopmark::conformance::interleavings {

struct Searched {
  std::uint64_t schedules = 0;  // executions, each another order of steps
  bool complete = false;        // every schedule there is, without a bound, was among them
  bool ended = false;           // every schedule within the bound was
};

/// How far a search has got: for the report of a fault.
extern std::uint64_t schedules_so_far;

/// Runs `scenario` on `backend` once in every order of steps that takes at most `most_preemptions` preemptions, but at most
/// `most_schedules` times; `scenario` in a reactor of its own each time. A fault goes to fail().
Searched search(const Scenario& scenario, const Backend& backend, std::size_t most_preemptions,
                std::uint64_t most_schedules);

}  // namespace loopmark::conformance::interleavings
