// SPDX-License-Identifier: MIT
//
// running(), and what is served while startup waits; iterate().
#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "conformance/case.h"
#include "conformance/kernel.h"
#include "conformance/probe.h"

namespace loopmark::conformance {
namespace {

using Events = std::vector<std::string>;

/// A function that logs its name and the state of the reactor.
auto note_state(CaseContext& t, std::string when) {
  return [&t, when = std::move(when)] {
    t.log(when + (t.reactor().running() ? ": running" : ": not running"));
  };
}

CASE(
    "CORE-STATE-01", RunningTurnsTrueInsideStartup,
    "running() is false in before-startup triggers, and true in during- and after-startup triggers",
    "run_own_change_last") {
  Reactor& reactor = t.reactor();
  note_state(t, "made")();
  reactor.add_system_event_trigger(Phase::kBefore, "startup", note_state(t, "before"));
  reactor.add_system_event_trigger(Phase::kDuring, "startup", note_state(t, "during"));
  reactor.add_system_event_trigger(Phase::kAfter, "startup", note_state(t, "after"));
  reactor.call_later(0s, [&] { reactor.stop(); });
  reactor.run();
  EXPECT_EQ(t.events(), (Events{"made: not running", "before: not running", "during: running",
                                "after: running"}));
}

CASE("CORE-STATE-02", RunningOutlastsStop,
     "running() stays true after stop() and through before-shutdown, and is false from "
     "during-shutdown on",
     "run_stop_ends_running") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  Deferred held;
  reactor.add_system_event_trigger(Phase::kBefore, "shutdown", [&] {
    note_state(t, "before")();
    reactor.call_later(1s, [&] {
      note_state(t, "held")();
      held.callback();
    });
    return held;
  });
  reactor.add_system_event_trigger(Phase::kDuring, "shutdown", note_state(t, "during"));
  reactor.add_system_event_trigger(Phase::kAfter, "shutdown", note_state(t, "after"));
  reactor.call_later(0s, [&] {
    reactor.stop();
    note_state(t, "stopped")();
  });
  reactor.run();
  note_state(t, "returned")();
  EXPECT_EQ(t.events(),
            (Events{"stopped: running", "before: running", "held: running", "during: not running",
                    "after: not running", "returned: not running"}));
}

CASE("CORE-STATE-02", RunningStaysFalseAfterTheRun,
     "running() is false when run() has returned, be it by stop() or by crash()",
     "run_crash_leaves_running") {
  Reactor& reactor = t.reactor();
  for (const bool crash : {false, true}) {
    reactor.call_later(0s, [&] { crash ? reactor.crash() : reactor.stop(); });
    reactor.run();
    EXPECT_FALSE(reactor.running()) << (crash ? "crashed" : "stopped");
  }
}

CASE("CORE-STATE-03", TheReactorsOwnChangeComesFirst,
     "the application's during-startup and during-shutdown triggers see the new state",
     "run_own_change_last") {
  Reactor& reactor = t.reactor();
  auto [near, far] = socket_pair();
  const auto descriptor = probe(std::move(near));
  reactor.add_reader(descriptor);
  reactor.add_system_event_trigger(Phase::kDuring, "startup", [&] {
    note_state(t, "startup")();
    reactor.call_when_running([&] { t.log("called at once"); });
    t.log("startup goes on");
  });
  reactor.add_system_event_trigger(Phase::kDuring, "shutdown", [&] {
    note_state(t, "shutdown")();
    EXPECT_EQ(descriptor->losses.size(), 1u);
  });
  reactor.call_later(0s, [&] { reactor.stop(); });
  reactor.run();
  EXPECT_EQ(t.events(), (Events{"startup: running", "called at once", "startup goes on",
                                "shutdown: not running"}));
}

CASE("CORE-STATE-04", ThereIsServiceWhileStartupWaits,
     "while a before-startup Deferred is open, delayed calls, thread calls and descriptors "
     "are served with running() false, and when-running functions wait",
     "run_when_running_before_startup") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  Deferred open;
  auto [near, far] = socket_pair();
  put(far, "x");
  const auto descriptor = probe(std::move(near));
  descriptor->on_read = [&](Probe& self) {
    note_state(t, "descriptor")();
    return self.read_some();
  };
  reactor.add_reader(descriptor);
  reactor.call_when_running([&] {
    note_state(t, "when-running")();
    reactor.stop();
  });
  reactor.add_system_event_trigger(Phase::kBefore, "startup", [&] { return open; });
  reactor.call_from_thread(note_state(t, "thread call"));
  reactor.call_later(1s, note_state(t, "delayed call"));
  reactor.call_later(2s, [&] { open.callback(); });
  reactor.run();
  Events events = t.events();
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(events.back(), "when-running: running");
  std::ranges::sort(events);
  EXPECT_EQ(events, (Events{"delayed call: not running", "descriptor: not running",
                            "thread call: not running", "when-running: running"}));
}

CASE("CORE-STATE-05", StartupThatWaitsDoesNotSpin,
     "waiting for a before-startup Deferred blocks: a second of it takes at most nine waits",
     "run_polls_until_running") {
  kernel::use_virtual_clock();
  kernel::limit_waits(1000);
  Reactor& reactor = t.reactor();
  Deferred open;
  std::size_t waits = 0;
  reactor.add_system_event_trigger(Phase::kBefore, "startup", [&] { return open; });
  reactor.call_later(1s, [&] { kernel::forget_waits(); });
  reactor.call_later(2s, [&] {
    waits = kernel::wait_count();
    EXPECT_FALSE(reactor.running());
    open.callback();
    reactor.stop();
  });
  reactor.run();
  EXPECT_GE(waits, 1u);
  EXPECT_LE(waits, 9u);
}

CASE("CORE-ITER-01", IterateZeroPolls,
     "iterate(0) does not wait, however far off the next deadline is",
     "run_iterate_waits_for_deadline") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  for (const Duration delay : {Duration(5s), Duration(24h), kNever}) {
    reactor.call_later(delay, [&] { t.log("called"); });
  }
  const TimePoint before = reactor.now();
  kernel::forget_waits();
  for (int i = 0; i < 3; ++i) {
    reactor.iterate(0s);
    ASSERT_EQ(reactor.now(), before);
  }
  EXPECT_GE(kernel::wait_count(), 1u);
  for (const kernel::Wait& wait : kernel::waits()) EXPECT_EQ(wait.timeout, 0s) << wait.call;
  EXPECT_TRUE(t.events().empty());
}

CASE("CORE-ITER-02", IterateServesAllKinds,
     "iterate() serves queued thread calls, due delayed calls and ready descriptors",
     "run_iterate_skips_thread_calls") {
  Reactor& reactor = t.reactor();
  auto [near, far] = socket_pair();
  put(far, "x");
  const auto descriptor = probe(std::move(near));
  descriptor->on_read = [&](Probe& self) {
    t.log("descriptor");
    return self.read_some();
  };
  reactor.add_reader(descriptor);
  reactor.call_later(0s, [&] { t.log("delayed call"); });
  std::thread([&] { reactor.call_from_thread([&] { t.log("thread call"); }); }).join();
  for (int i = 0; i < 3; ++i) reactor.iterate(0s);
  Events events = t.events();
  std::ranges::sort(events);
  EXPECT_EQ(events, (Events{"delayed call", "descriptor", "thread call"}));
}

CASE("CORE-ITER-05", NegativeWaitIsRefused,
     "iterate() refuses to wait for less than no time, and serves nobody then",
     "run_iterate_takes_less_than_nothing") {
  Reactor& reactor = t.reactor();
  reactor.call_later(0s, [&] { t.log("called"); });
  EXPECT_THROW(reactor.iterate(-1ns), std::invalid_argument);
  EXPECT_EQ(t.events(), Events{});
  reactor.iterate(0s);
  EXPECT_EQ(t.events(), Events{"called"});
}

CASE("CORE-ITER-05", IterateWaitsNoLongerThanAsked,
     "iterate(d) on an idle reactor waits no longer than d, rounded up to the resolution of "
     "the wait",
     "run_iterate_waits_for_deadline") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  reactor.call_later(1h, [&] { t.log("called"); });
  const Duration resolution = std::max(Duration(1ms), t.backend().timer_resolution);
  for (const Duration wait : {Duration(100ms), Duration(10s), Duration(1500us)}) {
    const TimePoint before = reactor.now();
    reactor.iterate(wait);
    ASSERT_LE(reactor.now() - before, wait + resolution);
  }
  EXPECT_TRUE(t.events().empty());
}

}  // namespace
}  // namespace loopmark::conformance
