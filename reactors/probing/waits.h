// SPDX-License-Identifier: MIT
//
// Waits: that fail, and how long they are.
#pragma once

#include <cerrno>

#include "reactors/probing/common.h"
#include "reactors/probing/lines.h"
#include "reactors/probing/words.h"

namespace loopmark::profile {

/// What follows when the first wait of `run` fails with `error`; the next one is ended by a callback.
struct AfterFailure {
  bool succeeded;
  bool called;
};
template <class Loop>
AfterFailure run_with_failing_wait(const Backend& row, Kernel& kernel, bool (Loop::*run)(),
                                   int error) {
  Loop loop(row);
  const Line line = make_pipe();
  bool called = false;
  loop.watch(line.near.get(), kRead, [&](Directions) {
    line.take();
    called = true;
    loop.stop();
  });
  kernel.fail_next_wait(error);
  kernel.on_next_block([&] { line.put(); });
  const bool succeeded = (loop.*run)();
  return {succeeded, called};
}

template <class Loop>
Answer run_interrupted(const Backend& row, Kernel& kernel) {
  if (run_with_failing_wait<Loop>(row, kernel, &Loop::run, EINTR).called)
    return {"goes-on", "it waited again"};
  return {"returns", "it returned"};
}

template <class Loop>
Answer once_interrupted(const Backend& row, Kernel& kernel) {
  if (run_with_failing_wait<Loop>(row, kernel, &Loop::run_once, EINTR).called)
    return {"goes-on", "it waited again, until a callback was called"};
  return {"returns", "it returned"};
}

template <class Loop>
Answer wait_fails(const Backend& row, Kernel& kernel) {
  const AfterFailure after = run_with_failing_wait<Loop>(row, kernel, &Loop::run, EINVAL);
  if (after.called) return {"goes-on", "it waited again"};
  return {"returns-error", after.succeeded ? "it returned" : "it returned a failure"};
}

template <class Loop>
Answer once_far_timer(const Backend& row, Kernel& kernel) {
  kernel.use_virtual_clock();
  Loop loop(row);
  bool called = false;
  loop.arm(std::chrono::seconds(1000), [&] { called = true; });
  loop.run_once();
  if (called) return {"goes-on", "it returned when the timer had been called"};
  return {"returns", "it returned after " + in_ms(kernel.elapsed())};
}

template <class Loop>
Answer idle_wait(const Backend& row, Kernel& kernel) {
  kernel.use_virtual_clock();
  Loop loop(row);
  const Line line = make_pipe();
  loop.watch(line.near.get(), kRead, [](Directions) {});
  kernel.on_next_block([&] { line.put(); });
  loop.run_once();
  const Duration timeout = kernel.waits().front().timeout;
  if (timeout == kNever) return {"endless", "the wait had no timeout"};
  return {"bounded", "the wait had a timeout of " + in_ms(timeout)};
}

}  // namespace loopmark::profile
