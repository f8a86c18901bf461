// SPDX-License-Identifier: MIT
//
// Timers, on the virtual clock.
#pragma once

#include "reactors/probing/common.h"
#include "reactors/probing/lines.h"
#include "reactors/probing/words.h"

namespace loopmark::profile {

/// When a timer of `delay` is called that is armed now.
template <class Loop>
Duration call_of_timer(Loop& loop, Kernel& kernel, Duration delay) {
  bool called = false;
  Duration at{};
  loop.arm(delay, [&] {
    called = true;
    at = kernel.elapsed();
  });
  loop.run_until(kernel, [&] { return called; });
  return at;
}

template <class Loop>
Answer timer_base_callback(const Backend& row, Kernel& kernel) {
  kernel.use_virtual_clock();
  Loop loop(row);
  Duration armed{}, called{};
  bool done = false;
  loop.arm(kUnit, [&] {
    kernel.advance(kUnit);
    armed = kernel.elapsed();
    loop.arm(2 * kUnit, [&] {
      called = kernel.elapsed();
      done = true;
    });
  });
  loop.run_until(kernel, [&] { return done; });
  return base_answer(called - armed);
}

template <class Loop>
Answer timer_base_idle(const Backend& row, Kernel& kernel) {
  kernel.use_virtual_clock();
  Loop loop(row);
  kernel.advance(kUnit);
  const Duration armed = kernel.elapsed();
  return base_answer(call_of_timer(loop, kernel, 2 * kUnit) - armed);
}

template <class Loop>
Answer timer_at_deadline(const Backend& row, Kernel& kernel) {
  kernel.use_virtual_clock();
  Loop loop(row);
  const Duration called = call_of_timer(loop, kernel, kUnit);
  if (called == kUnit) return {"at-deadline", "it was called when the clock showed its deadline"};
  if (called < kUnit) return {"before-deadline", "it was called before its deadline"};
  return {"past-deadline", "it was called when the clock had moved past its deadline"};
}

/// `update` brings the time that the library caches up to date, where it caches it outside a run: that is another subject.
template <class Loop, void (*update)(Loop&)>
Answer timer_coarse_clock(const Backend& row, Kernel& kernel) {
  constexpr Duration kTick = std::chrono::milliseconds(4);
  constexpr Duration kDelay = std::chrono::milliseconds(10);
  using std::chrono::microseconds;
  kernel.use_virtual_clock();
  kernel.tick_coarse_clocks(kTick);
  Loop loop(row);
  kernel.advance(kTick - microseconds(100));
  update(loop);
  const Duration armed = kernel.elapsed();
  Duration called{};
  loop.arm(kDelay, [&] { called = kernel.elapsed(); });
  kernel.advance(microseconds(200));  // to the next tick
  loop.run_until(kernel, [&] { return called > Duration::zero(); });
  const Duration early = kDelay - (called - armed);
  if (early <= Duration::zero()) return {"never-early", "it was not called before its deadline"};
  return {"early", "it was called " + std::to_string(early / microseconds(1)) + " us early"};
}

template <class Loop>
Answer timer_below_ms(const Backend& row, Kernel& kernel) {
  using std::chrono::microseconds;
  kernel.use_virtual_clock();
  Loop loop(row);
  const Duration called = call_of_timer(loop, kernel, microseconds(300));
  if (called < microseconds(300)) return {"too-short", "it was called before its deadline"};
  if (called < microseconds(400)) return {"exact", "it was called at its deadline"};
  return {"rounded-up", "it was called after a whole millisecond"};
}

}  // namespace loopmark::profile
