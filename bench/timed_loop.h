// SPDX-License-Identifier: MIT
//
// A timed loop is one with timers beside descriptors. A workload of time is written once, as a
// template of the loop it runs on; there are three: over a bare epoll, a reactor, a library's own
// loop. All is resolved at compile time.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "bench/arm.h"
#include "bench/bare/timed_epoll.h"
#include "bench/library_timed_loop.h"
#include "bench/reactor_timed_loop.h"
#include "bench/workload.h"

namespace loopmark::bench {

/// Timers and descriptors are numbered from 0, each by itself. The loop is made over what
/// arm.make_loop() has made, and calls the client's due(timer) once for each set(), and
/// readable(i) as long as the descriptor watched as the i-th can be read.
template <class Loop>
concept TimedLoop = requires(Loop loop, const Loop& state, std::size_t i, Duration delay, int fd) {
  loop.add_timers(i);      // so many, once, not set
  loop.set(i, delay);      // one that is not set: `delay` from now, by a fresh reading of the clock
  loop.reset(i, delay);    // one that is set
  loop.cancel(i);          // one that is set
  loop.watch(fd, i);       // throws Refused
  loop.watch_once(fd, i);  // until it was found readable; then it may be watched again
  loop.run();              // until stop()
  loop.stop();
  { state.evidence() } -> std::same_as<std::string>;
};

/// The workload W on the loop that `arm` stands for; what follows the arm goes to its constructor.
/// Throws Refused where that has no timers.
template <template <template <class> class> class W, class... Arguments>
std::unique_ptr<Workload> make_timed(const Arm& arm, Arguments&&... arguments) {
  const auto make = [&]<template <class> class Loop>() -> std::unique_ptr<Workload> {
    static_assert(TimedLoop<Loop<W<Loop>>>);
    return std::make_unique<W<Loop>>(arm, std::forward<Arguments>(arguments)...);
  };
  if (arm.make_reactor) return make.template operator()<ReactorTimedLoop>();
  if (arm.make_library_loop) return make.template operator()<LibraryTimedLoop>();
  if (arm.name == kBareEpoll) return make.template operator()<bare::TimedEpoll>();
  throw Refused("the bare loop '" + arm.name + "' has no timers");
}

}  // namespace loopmark::bench
