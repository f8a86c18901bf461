// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "reactors/backend.h"

namespace loopmark::conformance::interleavings {

struct Called {
  std::uint64_t bursts = 0;  // in which the calls came
  std::uint64_t sleeps =
      0;  // times that the loop had nothing to do and fell asleep, and so was woken
};

/// Two threads hand in `calls` in all, really at once, in bursts whose sizes `seed` gives. Before its next burst a thread
/// waits for the last to have been made, so that the loop runs empty again and again, and what is queued is bounded. Each
/// call must be made once, in the order of its thread, and a burst within `patience`, which is only for those that are lost;
/// else it fail()s.
Called call_from_two_threads(const Backend& backend, std::uint64_t calls, std::uint64_t seed,
                             Duration patience);

}  // namespace loopmark::conformance::interleavings
