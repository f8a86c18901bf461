// SPDX-License-Identifier: MIT
//
// An arm is one way to do a workload: a backend; a library's own loop without our wrapper (an "api:"
// arm); or a loop written by hand against the system calls (a bare arm), which shows where the limit
// lies.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "reactors/library_loop.h"
#include "reactors/reactor.h"

namespace loopmark::bench {

/// The names of the bare arms; a workload has a loop of its own kind under each.
inline constexpr std::string_view kBareEpoll = "bare/epoll";
inline constexpr std::string_view kBarePoll = "bare/poll";
inline constexpr std::string_view kBareSelect = "bare/select";

/// The loop of an arm: one of the two, or neither for a bare loop, which the workload has itself.
struct ArmLoop {
  std::unique_ptr<Reactor> reactor;
  std::unique_ptr<LibraryLoop> library;
};

/// Who does the work: a backend, a library's own loop, or a loop written by hand.
struct Arm {
  std::string name;
  std::function<std::unique_ptr<Reactor>()> make_reactor = {};
  std::function<std::unique_ptr<LibraryLoop>()> make_library_loop = {};
  std::uint64_t planted_steps = 0;  // a known slow-down of a bare arm's callbacks: planted_work.h
  /// Timers with equal deadlines fire in the order in which they were set (TIME-ORDER-02).
  bool keeps_order = true;
  /// What the library draws by lot, so that counts of the same work can differ: a sentence, or none.
  std::string left_to_chance = {};
  /// What another process has measured of this machine for the same work: see Workload::pace(). 0: nothing.
  double pace = 0;
  /// Where a second thread belongs, if the workload has one; -1: where the thread that makes it runs.
  int peer_cpu = -1;

  /// Makes the loop. Before the descriptors are opened that it is to watch, as a server would: a
  /// loop's own have low numbers then.
  ArmLoop make_loop() const {
    return {make_reactor ? make_reactor() : nullptr,
            make_library_loop ? make_library_loop() : nullptr};
  }
};

}  // namespace loopmark::bench
