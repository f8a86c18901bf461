// SPDX-License-Identifier: MIT
//
// Runs, passes, timers and wake-ups.
#include <limits>

#include "reactors/probing/due_timers.h"
#include "reactors/probing/odd_timers.h"
#include "reactors/probing/passes.h"
#include "reactors/probing/runs.h"
#include "reactors/probing/timers.h"
#include "reactors/probing/waits.h"
#include "reactors/probing/wake_ups.h"
#include "reactors/wrappers/libev/probe_loop.h"
#include "reactors/wrappers/libev/probes.h"

namespace loopmark::libev {
namespace {

using namespace profile;
using Loop = ProbeLoop;

void break_one(Loop& loop) {
  loop.stop();
}
void run_nowait(Loop& loop) {
  loop.poll();
}

void watch_with_priority(Loop& loop, int fd, bool high, Call call) {
  ev_io* const made = loop.watch(fd, kRead, std::move(call));
  loop.remove(made);  // it is set while the watcher is stopped
  ev_set_priority(made, high ? 1 : 0);
  loop.start(made);
}

bool arm_negative(Loop& loop, Function call) {
  return loop.arm(-1., 0., std::move(call)) != nullptr;
}
bool arm_largest(Loop& loop, Function call) {
  return loop.arm(std::numeric_limits<double>::max(), 0., std::move(call)) != nullptr;
}

void update(Loop& loop) {
  ev_now_update(loop.get());
}

ev_async* make_fed(Loop& loop, Function call) {
  return loop.make_async(std::move(call));
}
void feed(Loop& loop, ev_async* made) {
  ev_feed_event(loop.get(), made, EV_CUSTOM);
}
using ByHand = Activation<Loop, ev_async, make_fed, feed>;

ev_async* make_waker(Loop& loop, Function call) {
  return loop.watch_async(std::move(call));
}
void wake(Loop& loop, ev_async* waker) {
  ev_async_send(loop.get(), waker);
}
Function send_there(Loop& loop) {
  ev_async* const waker = make_waker(loop, [] {});
  return [&loop, waker] { ev_async_send(loop.get(), waker); };
}
Function timer_there(Loop& loop) {
  return [&loop] { loop.arm(Duration::zero(), [] {}); };
}
Function stop_there(Loop& loop) {
  return [&loop] { loop.stop(); };
}
bool nothing_to_prepare() {
  return false;
}

constexpr const char* kRun = "ev(3), ev_run";
constexpr const char* kBreak = "ev(3), ev_break";
constexpr const char* kBlockTime = "ev.c, MAX_BLOCKTIME";
constexpr const char* kUpdates = "ev(3), the special problem of time updates";
constexpr const char* kEarly = "ev(3), the special problem of being too early";
constexpr const char* kTimerSet = "ev(3), ev_timer_set";
constexpr const char* kThreads = "ev(3), threads and coroutines";

constexpr Probe kProbes[] = {
    {"nothing-registered", "ev_run(loop, 0) on a new loop", kRun, nothing_registered<Loop>},
    {"stop-before-run", "ev_break(loop, EVBREAK_ONE), then ev_run() with a silent pipe", kBreak,
     stop_before_run<Loop, break_one>},
    not_applicable("exit-before-run", "ev_break() is the one stop"),
    {"batch-after-stop", "ev_break(loop, EVBREAK_ONE) in the first of two ready callbacks", kBreak,
     batch_after_stop<Loop, break_one>},
    not_applicable("batch-after-exit", "ev_break() is the one stop"),
    {"run-again", "ev_run() after one that ev_break() ended", kRun, run_again<Loop>},
    {"run-in-callback", "ev_run(loop, EVRUN_NOWAIT) in a callback while another is ready",
     "ev(3), model/nested event loop invocations and exit conditions", run_in_callback<Loop>},
    {"run-interrupted", "ev_run() with a silent pipe, whose first wait fails with EINTR", "",
     run_interrupted<Loop>},
    {"wait-fails", "ev_run() with a silent pipe, whose first wait fails with EINVAL",
     "ev(3), ev_set_syserr_cb", wait_fails<Loop>},
    {"pass-order", "one pass with a due timer and a pipe that can be read", kRun, pass_order<Loop>},
    {"io-order", "three pipes written to in an order other than that of their numbers or watchers",
     "ev.c, ev_invoke_pending()", io_order<Loop>},
    {"once-all", "ev_run(loop, EVRUN_ONCE)", kRun, once_all<Loop>},
    {"once-interrupted",
     "ev_run(loop, EVRUN_ONCE) with a silent pipe, whose first wait fails with EINTR", kRun,
     once_interrupted<Loop>},
    {"once-far-timer", "ev_run(loop, EVRUN_ONCE) with a timer of 1000 s", kBlockTime,
     once_far_timer<Loop>},
    {"polling-run", "ev_run(loop, EVRUN_NOWAIT) with a pipe that stays ready", kRun,
     polling_run<Loop, run_nowait>},
    {"priorities",
     "two pipes that stay ready, with the priorities 0 and 1, until there were 20 calls",
     "ev(3), watcher priority models", priorities<Loop, watch_with_priority>},
    {"idle-wait", "ev_run(loop, EVRUN_ONCE) with a silent pipe", kBlockTime, idle_wait<Loop>},

    {"equal-deadlines", "twelve timers made at one instant", "ev(3), ev_timer",
     equal_deadlines<Loop>},
    {"timer-base-callback", "ev_timer_start() for 250 ms in a callback, 125 ms after it began",
     kUpdates, timer_base_callback<Loop>},
    {"timer-base-idle", "ev_timer_start() for 250 ms, 125 ms after the loop was made", kUpdates,
     timer_base_idle<Loop>},
    {"timer-at-deadline", "passes with a timer, on a clock that only waits move", kEarly,
     timer_at_deadline<Loop>},
    {"timer-coarse-clock",
     "a timer of 10 ms, set late in a tick of 4 ms, while the coarse clock shows whole ticks",
     kEarly, timer_coarse_clock<Loop, update>},
    {"timer-below-ms", "passes with a timer of 300 us", "ev.c, backend_mintime",
     timer_below_ms<Loop>},
    {"repeat-overrun", "an ev_timer that repeats", kTimerSet, repeat_overrun<Loop>},
    {"repeat-drift", "an ev_timer that repeats", kTimerSet, repeat_drift<Loop>},
    {"negative-delay", "ev_timer_set() with -1 s", kTimerSet, odd_delay<Loop, arm_negative>},
    {"largest-delay", "ev_timer_set() with the largest double", kTimerSet,
     odd_delay<Loop, arm_largest>},
    {"zero-timer-chain", "a timer whose callback starts another with a delay of 0", kRun,
     zero_timer_chain<Loop>},
    {"cancel-due-timer", "ev_timer_stop() of each other in the callbacks of two due timers",
     "ev(3), generic watcher functions", cancel_due_timer<Loop>},

    {"activation", "ev_feed_event() in a callback", "ev(3), ev_feed_event", ByHand::activation},
    {"activation-chain", "ev_feed_event() of itself in a callback, a thousand times",
     "ev.c, ev_invoke_pending()", ByHand::activation_chain},
    {"wake-coalescing", "ev_async_send() three times", "ev(3), ev_async_send",
     wake_coalescing<Loop, ev_async, make_waker, wake>},
    {"wake-from-thread", "ev_async_send() in another thread", "ev(3), ev_async_send",
     from_thread<Loop, send_there, nothing_to_prepare>},
    {"timer-from-thread", "ev_timer_start() in another thread", kThreads,
     from_thread<Loop, timer_there, nothing_to_prepare>},
    {"watcher-from-thread", "ev_io_start() in another thread", kThreads,
     from_thread<Loop, watch_there<Loop>, nothing_to_prepare>},
    {"stop-from-thread", "ev_break() in another thread", kThreads,
     from_thread<Loop, stop_there, nothing_to_prepare>},
    {"cancel-while-called", "ev_io_stop() in another thread while the watcher's callback runs",
     kThreads, cancel_while_called<Loop, nothing_to_prepare>},
};

}  // namespace

std::span<const Probe> probes_of_time() {
  return kProbes;
}

}  // namespace loopmark::libev
