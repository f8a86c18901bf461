// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "reactors/reactor.h"

namespace loopmark::conformance::interleavings {

/// A short piece of work for a reactor and two or three threads, which must come to the same end in whatever order they go.
struct Scenario {
  std::string_view name;
  /// The counters that wake the loop begin full. For our own loop only: libevent writes to its own again and again while it
  /// is full, and holds the lock that the loop needs to empty it; but it never lets it come to more than 1.
  bool full_wakers;

  /// Runs it on a new reactor in the calling thread, and returns what was wrong, or nothing. All threads have ended then.
  std::string (*run)(Reactor& reactor);
};

std::span<const Scenario> all_scenarios();

}  // namespace loopmark::conformance::interleavings
