// SPDX-License-Identifier: MIT
//
// Timers that repeat, and those with delays beyond reason, on the virtual clock.
#pragma once

#include <vector>

#include "reactors/probing/common.h"
#include "reactors/probing/lines.h"
#include "reactors/probing/words.h"

namespace loopmark::profile {

/// When the first calls of a timer with the period kUnit begin. Each takes the time that `taken` says of it, by number.
template <class Loop, class Taken>
std::vector<Duration> calls_of_repeating(const Backend& row, Kernel& kernel, std::size_t count,
                                         Taken taken) {
  kernel.use_virtual_clock();
  Loop loop(row);
  std::vector<Duration> calls;
  loop.repeat(kUnit, [&] {
    calls.push_back(kernel.elapsed());
    kernel.advance(taken(calls.size()));
  });
  loop.run_until(kernel, [&] { return calls.size() >= count; });
  return calls;
}

template <class Loop>
Answer repeat_overrun(const Backend& row, Kernel& kernel) {
  return overrun_answer(calls_of_repeating<Loop>(row, kernel, 4, [](std::size_t call) {
    return call == 1 ? 5 * kUnit / 2 : Duration::zero();
  }));
}

template <class Loop>
Answer repeat_drift(const Backend& row, Kernel& kernel) {
  return drift_answer(
      calls_of_repeating<Loop>(row, kernel, 3, [](std::size_t) { return kUnit / 4; }));
}

/// What becomes of a timer that `arm_odd` arms, false where it is refused, beside one of kUnit.
template <class Loop, bool (*arm_odd)(Loop&, Function)>
Answer odd_delay(const Backend& row, Kernel& kernel) {
  kernel.use_virtual_clock();
  Loop loop(row);
  bool called = false, over = false;
  if (!arm_odd(loop, [&] { called = true; })) return {"refused", "it was refused"};
  loop.arm(kUnit, [&] { over = true; });
  loop.run_until(kernel, [&] { return called || over; });
  if (called && !over) return {"at-once", "it was called before another timer of 125 ms"};
  return {"never", "it was not called before another timer of 125 ms"};
}

}  // namespace loopmark::profile
