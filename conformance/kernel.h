// SPDX-License-Identifier: MIT
//
// The worker stands between the backend and the kernel: it exports the calls that wait, those that read the clock, and some
// that shall fail, and so sees and bends them on every backend, libraries in modules included. Nothing in the product knows.
//
// Waits are observed on the thread that called observe_this_thread(): the thread of the case, unless it runs the reactor
// in another one.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "reactors/base/time.h"

namespace loopmark::conformance::kernel {

/// One call that waits for descriptors.
struct Wait {
  std::string call;  // "epoll_wait"
  Duration timeout;  // as asked for, in the call's own unit; kNever: none
  int result;        // descriptors that were ready, or -1
};

/// The waits of the observed thread since the last forget_waits(), at most the first 10 000 of them.
std::vector<Wait> waits();
std::size_t wait_count();
void forget_waits();

/// From here on the waits of this thread are the observed ones.
void observe_this_thread();

/// The case fails, at once, when more waits than `limit` are made (100 000 unless set): the loop spins.
void limit_waits(std::size_t limit);

/// From here on all clocks stand still, but for advance() and for this: a wait of the observed thread with a finite
/// timeout, for which nothing is ready, moves the clock by its timeout and returns at once. A wait without end waits
/// really. Call it first in a case. Not for cases in which another thread acts while the reactor has a delayed call.
void use_virtual_clock();
void advance(Duration by);

/// Sets the wall clock forward, or back, while the steady ones go on. Needs the virtual clock.
void step_wall_clock(Duration by);

/// From here on the coarse ones of the virtual clocks show the last whole multiple of `tick`, as the system's do.
void tick_coarse_clocks(Duration tick);

/// Calls `hook` once, in the observed thread, when the next wait is about to block: it has a timeout other than zero,
/// and nothing is ready. What the hook does (from this or another thread) is then seen by the wait itself. Not with the
/// virtual clock, unless the wait is without end.
void on_next_block(std::function<void()> hook);

/// Asked before each wait of the observed thread. When it answers yes, the wait has no end, and nothing comes for a while
/// (100 ms of real time), `give_up` is called and the wait ends as if by a signal. For a case that cannot go on.
void give_up_waiting(std::function<bool()> may_give_up, std::function<void()> give_up);

/// Whether this thread is the observed one.
bool observes_this_thread();

/// The next `times` waits of the observed thread fail with `error` (an errno), without asking the kernel.
void fail_waits(int error, int times = 1);

/// The next `times` calls of accept4(2) fail with `error`, on whatever thread.
void fail_accepts(int error, int times);

/// The next close(2) of `fd`, in whatever thread, closes it, calls `then`, and fails with EINTR (close(2): on Linux the
/// number is free even so).
void interrupt_close(int fd, std::function<void()> then);

/// From here on pidfd_open(2) fails with `error` in every thread, as on a system without it (ENOSYS).
void fail_pidfds(int error);

/// Of the next calls of pipe2(2), in whatever thread, the one with this `number`, counted from 1, fails with `error`.
void fail_pipe(int number, int error);

/// How many signals were sent so far by kill(2) and pidfd_send_signal(2), in whatever thread.
std::size_t signals_sent();

}  // namespace loopmark::conformance::kernel
