// SPDX-License-Identifier: MIT
//
// Runs, passes, timers and wake-ups.
#include <event2/thread.h>

#include <limits>

#include "reactors/probing/due_timers.h"
#include "reactors/probing/odd_timers.h"
#include "reactors/probing/passes.h"
#include "reactors/probing/runs.h"
#include "reactors/probing/timers.h"
#include "reactors/probing/waits.h"
#include "reactors/probing/wake_ups.h"
#include "reactors/wrappers/libevent/probe_loop.h"
#include "reactors/wrappers/libevent/probes.h"

namespace loopmark::libevent {
namespace {

using namespace profile;
using Loop = ProbeLoop;

void loopbreak(Loop& loop) {
  loop.stop();
}
void loopexit(Loop& loop) {
  event_base_loopexit(loop.base(), nullptr);
}
void run_nonblocking(Loop& loop) {
  loop.run(EVLOOP_NONBLOCK);
}

void watch_with_priority(Loop& loop, int fd, bool high, Call call) {
  if (event_base_get_npriorities(loop.base()) == 1) event_base_priority_init(loop.base(), 2);
  event* const made = loop.make(fd, EV_READ | EV_PERSIST, std::move(call));
  event_priority_set(made, high ? 0 : 1);
  event_add(made, nullptr);
}

bool arm_with(Loop& loop, Function call, const timeval& timeout) {
  event* const made = loop.make(-1, 0, [call = std::move(call)](Directions) { call(); });
  return event_add(made, &timeout) == 0;
}
bool arm_negative(Loop& loop, Function call) {
  return arm_with(loop, std::move(call), {-1, 0});
}
bool arm_largest(Loop& loop, Function call) {
  return arm_with(loop, std::move(call), {std::numeric_limits<time_t>::max(), 999'999});
}

void no_update(Loop&) {}  // outside a run libevent reads the clock each time

event* make_activated(Loop& loop, Function call) {
  return loop.make(-1, 0, [call = std::move(call)](Directions) { call(); });
}
void activate(Loop&, event* made) {
  event_active(made, EV_READ, 0);
}
using ByHand = Activation<Loop, event, make_activated, activate>;

Function active_there(Loop& loop) {
  event* const made = make_activated(loop, [] {});
  return [made] { event_active(made, EV_READ, 0); };
}
Function timer_there(Loop& loop) {
  return [&loop] { loop.arm(Duration::zero(), [] {}); };
}
Function stop_there(Loop& loop) {
  return [&loop] { loop.stop(); };
}
bool use_threads() {
  return evthread_use_pthreads() == 0;
}

constexpr const char* kLoop = "event.c, event_base_loop()";
constexpr const char* kOnce = "event2/event.h, EVLOOP_ONCE";
constexpr const char* kCached = "event2/event.h, EVENT_BASE_FLAG_NO_CACHE_TIME";
constexpr const char* kPrecise = "event2/event.h, EVENT_BASE_FLAG_PRECISE_TIMER";
constexpr const char* kPersist = "event.c, event_persist_closure()";

constexpr Probe kProbes[] = {
    {"nothing-registered", "event_base_loop(base, 0) on a new base",
     "event2/event.h, EVLOOP_NO_EXIT_ON_EMPTY", nothing_registered<Loop>},
    {"stop-before-run", "event_base_loopbreak(), then event_base_loop() with a silent pipe",
     "event2/event.h, event_base_got_break()", stop_before_run<Loop, loopbreak>},
    {"exit-before-run",
     "event_base_loopexit(base, NULL), then event_base_loop() with a silent pipe",
     "event2/event.h, event_base_loopexit()", stop_before_run<Loop, loopexit>},
    {"batch-after-stop", "event_base_loopbreak() in the first of two ready callbacks",
     "event2/event.h, event_base_loopbreak()", batch_after_stop<Loop, loopbreak>},
    {"batch-after-exit", "event_base_loopexit(base, NULL) in the first of two ready callbacks",
     "event2/event.h, event_base_loopexit()", batch_after_stop<Loop, loopexit>},
    {"run-again", "event_base_loop() after one that event_base_loopbreak() ended",
     "event2/event.h, event_base_loopbreak()", run_again<Loop>},
    {"run-in-callback",
     "event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK) in a callback while another is ready",
     kLoop, run_in_callback<Loop>},
    {"run-interrupted", "event_base_loop() with a silent pipe, whose first wait fails with EINTR",
     "", run_interrupted<Loop>},
    {"wait-fails", "event_base_loop() with a silent pipe, whose first wait fails with EINVAL",
     "event2/event.h, event_base_loop()", wait_fails<Loop>},
    {"pass-order", "one pass with a due timer and a pipe that can be read", kLoop,
     pass_order<Loop>},
    {"io-order", "three pipes written to in an order other than that of their numbers or events",
     "epoll.c, poll.c and select.c, *_dispatch()", io_order<Loop>},
    {"once-all", "event_base_loop(base, EVLOOP_ONCE)", kOnce, once_all<Loop>},
    {"once-interrupted",
     "event_base_loop(base, EVLOOP_ONCE) with a silent pipe, whose first wait fails with EINTR",
     kOnce, once_interrupted<Loop>},
    {"once-far-timer", "event_base_loop(base, EVLOOP_ONCE) with a timer of 1000 s", kOnce,
     once_far_timer<Loop>},
    {"polling-run", "event_base_loop(base, EVLOOP_NONBLOCK) with a pipe that stays ready",
     "event2/event.h, EVLOOP_NONBLOCK", polling_run<Loop, run_nonblocking>},
    {"priorities",
     "two pipes that stay ready, with the priorities 0 and 1, until there were 20 calls",
     "event2/event.h, event_base_priority_init()", priorities<Loop, watch_with_priority>},
    {"idle-wait", "event_base_loop(base, EVLOOP_ONCE) with a silent pipe", "", idle_wait<Loop>},

    {"equal-deadlines", "twelve timers made at one instant",
     "event2/event.h, event_base_init_common_timeout()", equal_deadlines<Loop>},
    {"timer-base-callback", "event_add() for 250 ms in a callback, 125 ms after it began", kCached,
     timer_base_callback<Loop>},
    {"timer-base-idle", "event_add() for 250 ms, 125 ms after the base was made", kCached,
     timer_base_idle<Loop>},
    {"timer-at-deadline", "passes with a timer, on a clock that only waits move",
     "event.c, timeout_process()", timer_at_deadline<Loop>},
    {"timer-coarse-clock",
     "a timer of 10 ms, set late in a tick of 4 ms, while the coarse clock shows whole ticks",
     kPrecise, timer_coarse_clock<Loop, no_update>},
    {"timer-below-ms", "passes with a timer of 300 us", kPrecise, timer_below_ms<Loop>},
    {"repeat-overrun", "an event with EV_PERSIST and a timeout", kPersist, repeat_overrun<Loop>},
    {"repeat-drift", "an event with EV_PERSIST and a timeout", kPersist, repeat_drift<Loop>},
    {"negative-delay", "event_add() with a timeout of -1 s", "event.c, event_add_nolock_()",
     odd_delay<Loop, arm_negative>},
    {"largest-delay", "event_add() with the largest tv_sec", "event.c, event_add_nolock_()",
     odd_delay<Loop, arm_largest>},
    {"zero-timer-chain", "a timer whose callback adds another with a timeout of 0", kLoop,
     zero_timer_chain<Loop>},
    {"cancel-due-timer", "event_del() of each other in the callbacks of two timers that are due",
     "event2/event.h, event_del()", cancel_due_timer<Loop>},

    {"activation", "event_active() in a callback", "event2/event.h, event_active()",
     ByHand::activation},
    {"activation-chain", "event_active() of itself in a callback, a thousand times",
     "event.c, event_process_active_single_queue()", ByHand::activation_chain},
    {"wake-coalescing", "event_active() three times", "event.c, event_active_nolock_()",
     wake_coalescing<Loop, event, make_activated, activate>},
    {"wake-from-thread", "event_active() in another thread", "event2/thread.h",
     from_thread<Loop, active_there, use_threads>},
    {"timer-from-thread", "event_add() with a timeout in another thread", "event2/thread.h",
     from_thread<Loop, timer_there, use_threads>},
    {"watcher-from-thread", "event_add() of a pipe that has data in another thread",
     "event2/thread.h", from_thread<Loop, watch_there<Loop>, use_threads>},
    {"stop-from-thread", "event_base_loopbreak() in another thread", "event2/thread.h",
     from_thread<Loop, stop_there, use_threads>},
    {"cancel-while-called", "event_del() in another thread while the event's callback runs",
     "event2/event.h, event_del()", cancel_while_called<Loop, use_threads>},
};

}  // namespace

std::span<const Probe> probes_of_time() {
  return kProbes;
}

}  // namespace loopmark::libevent
