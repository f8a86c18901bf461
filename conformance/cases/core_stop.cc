// SPDX-License-Identifier: MIT
//
// stop(): who may call it and when, and what still happens then. What becomes of descriptors is in core_shutdown.cc.
#include <functional>

#include "conformance/case.h"
#include "conformance/cases/phases.h"
#include "conformance/kernel.h"
#include "conformance/probe.h"

namespace loopmark::conformance {
namespace {

CASE("CORE-STOP-01", StopBeforeTheFirstRunThrows,
     "stop() on a reactor that was never run throws ReactorNotRunning, and is not remembered",
     "stop_anytime") {
  EXPECT_THROW(t.reactor().stop(), ReactorNotRunning);
  t.run_window(1);
}

CASE("CORE-STOP-02", StopWhenTheRunIsOverThrows,
     "stop() in an after-shutdown trigger and behind run() throws ReactorNotRunning",
     "stop_anytime") {
  Reactor& reactor = t.reactor();
  reactor.add_system_event_trigger(Phase::kAfter, "shutdown", [&] {
    EXPECT_THROW(reactor.stop(), ReactorNotRunning);
    t.log("after shutdown");
  });
  reactor.call_when_running([&] { reactor.stop(); });
  reactor.run();
  EXPECT_THROW(reactor.stop(), ReactorNotRunning);
  EXPECT_EQ(t.events(), Events{"after shutdown"});
}

CASE("CORE-STOP-03", SecondStopThrowsAndTheFirstHolds,
     "a second stop() in one run throws ReactorNotRunning, and the first stays in force",
     "stop_twice") {
  Reactor& reactor = t.reactor();
  reactor.add_system_event_trigger(Phase::kBefore, "shutdown", [&] {
    EXPECT_THROW(reactor.stop(), ReactorNotRunning);
    t.log("before shutdown");
  });
  reactor.call_later(0s, [&] {
    reactor.stop();
    EXPECT_THROW(reactor.stop(), ReactorNotRunning);
    t.log("stopped");
  });
  reactor.run();
  EXPECT_EQ(t.events(), (Events{"stopped", "before shutdown"}));
}

CASE("CORE-STOP-04", StopReturnsBeforeShutdownBegins,
     "no shutdown trigger runs before the callback that called stop() has returned",
     "stop_shuts_down_inside") {
  Reactor& reactor = t.reactor();
  log_phases(t, "shutdown");
  reactor.call_later(0s, [&] {
    reactor.stop();
    EXPECT_TRUE(reactor.running());
    t.log("callback ends");
  });
  reactor.run();
  EXPECT_EQ(t.events(),
            (Events{"callback ends", "before shutdown", "during shutdown", "after shutdown"}));
}

CASE("CORE-STOP-05", ShutdownPassesThroughItsPhasesBeforeRunReturns,
     "run() returns when the before, during and after phases of shutdown have passed",
     "trig_phases_swapped") {
  Reactor& reactor = t.reactor();
  log_phases(t, "shutdown");
  reactor.call_from_thread([&] { reactor.stop(); });
  reactor.run();
  t.log("run returned");
  EXPECT_EQ(t.events(),
            (Events{"before shutdown", "during shutdown", "after shutdown", "run returned"}));
}

/// A function for a batch: the first of its kind that is called stops the reactor.
Callback first_stops(CaseContext& t) {
  return [&t] {
    if (t.events().empty()) t.reactor().stop();
    t.log("called");
  };
}

CASE("CORE-STOP-06", DelayedCallsOfTheBatchStillRun,
     "delayed calls that are due with the one that calls stop() run before the shutdown triggers",
     "stop_ends_the_batch") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  log_phases(t, "shutdown");
  for (int i = 0; i < 3; ++i) reactor.call_later(1s, first_stops(t));
  reactor.run();
  EXPECT_EQ(t.events(), (Events{"called", "called", "called", "before shutdown", "during shutdown",
                                "after shutdown"}));
}

CASE("CORE-STOP-06", ThreadCallsOfTheBatchStillRun,
     "thread calls queued with the one that calls stop() run before the shutdown triggers",
     "stop_shuts_down_inside") {
  Reactor& reactor = t.reactor();
  log_phases(t, "shutdown");
  for (int i = 0; i < 3; ++i) reactor.call_from_thread(first_stops(t));
  reactor.run();
  EXPECT_EQ(t.events(), (Events{"called", "called", "called", "before shutdown", "during shutdown",
                                "after shutdown"}));
}

CASE(
    "CORE-STOP-06", WhenRunningFunctionsAndWhatIsQueuedBehindThemStillRun,
    "what waits behind a when-running function that calls stop() runs before the shutdown triggers",
    "stop_shuts_down_inside") {
  Reactor& reactor = t.reactor();
  log_phases(t, "shutdown");
  reactor.call_from_thread(logs(t, "thread call"));
  reactor.call_when_running([&] { reactor.stop(); });
  reactor.call_when_running(logs(t, "when running"));
  reactor.run();
  EXPECT_EQ(t.events(), (Events{"when running", "thread call", "before shutdown", "during shutdown",
                                "after shutdown"}));
}

/// Runs the reactor with a callback that was prepared to stop it, and nothing else to do.
void run_to_its_end(CaseContext& t, const std::string& kind,
                    const std::function<void(Callback stop)>& prepare) {
  SCOPED_TRACE(kind);
  prepare([&] {
    t.reactor().stop();
    t.log(kind);
  });
  t.reactor().run();
  EXPECT_EQ(times(t, kind), 1);
  EXPECT_FALSE(t.reactor().running());
}

CASE("CORE-STOP-07", StopIsLegalInEveryKindOfCall,
     "stop() in a delayed call, a when-running function, a thread call or a startup trigger ends "
     "the run",
     "stop_does_not_wake") {
  Reactor& reactor = t.reactor();
  run_to_its_end(t, "when running", [&](const Callback& stop) { reactor.call_when_running(stop); });
  run_to_its_end(t, "thread call", [&](const Callback& stop) { reactor.call_from_thread(stop); });
  run_to_its_end(t, "startup trigger", [&](const Callback& stop) {
    reactor.add_system_event_trigger(Phase::kDuring, "startup", stop);
  });
  run_to_its_end(t, "delayed call", [&](const Callback& stop) { reactor.call_later(0s, stop); });
}

CASE("CORE-STOP-07", StopIsLegalInEveryCallOfADescriptor,
     "stop() in do_read(), do_write() or connection_lost() ends the run", "stop_in_pass_lost") {
  Reactor& reactor = t.reactor();
  auto ends = socket_pair();
  put(ends.second, "x");
  const auto near = probe(std::move(ends.first));
  run_to_its_end(t, "do_read", [&](const Callback& stop) {
    near->on_read = [stop](Probe& self) {
      stop();
      return self.read_some();
    };
    reactor.add_reader(near);
  });
  run_to_its_end(t, "do_write", [&](const Callback& stop) {
    near->on_write = [&reactor, stop](Probe& self) {
      reactor.remove_writer(self);
      stop();
      return Progress::more();
    };
    reactor.add_writer(near);
  });
  run_to_its_end(t, "connection_lost", [&](const Callback& stop) {
    put(ends.second, "x");
    near->on_read = [](Probe&) { return Progress::lost(Failure::of(ConnectionDone())); };
    near->on_lost = [stop](Probe&, const Failure&) { stop(); };
    reactor.add_reader(near);
  });
}

CASE("CORE-STOP-08", StopInAStartupTriggerEndsTheRunInOrder,
     "when a startup trigger of any phase calls stop(), startup is finished, one batch is served, "
     "and shutdown follows",
     "stop_in_startup_lost") {
  Reactor& reactor = t.reactor();
  for (const Phase phase : {Phase::kBefore, Phase::kDuring, Phase::kAfter}) {
    const auto start = static_cast<std::ptrdiff_t>(t.events().size());
    reactor.add_system_event_trigger(phase, "startup", [&] { reactor.stop(); });
    log_phases(t, "startup");
    log_phases(t, "shutdown");
    reactor.call_from_thread(logs(t, "batch"));
    reactor.run();
    EXPECT_EQ(Events(t.events().begin() + start, t.events().end()),
              (Events{"before startup", "during startup", "after startup", "batch",
                      "before shutdown", "during shutdown", "after shutdown"}));
  }
}

CASE("CORE-STOP-09", StopIsHeededWhileStartupWaits,
     "stop() while a before-startup trigger's Deferred is open brings shutdown, and during-startup "
     "never comes",
     "stop_needs_running") {
  Reactor& reactor = t.reactor();
  const Deferred never;
  log_phases(t, "startup");
  log_phases(t, "shutdown");
  reactor.add_system_event_trigger(Phase::kBefore, "startup", [&] { return never; });
  reactor.call_when_running(logs(t, "when running"));
  reactor.call_later(0s, [&] { reactor.stop(); });
  reactor.run();
  EXPECT_EQ(t.events(),
            (Events{"before startup", "before shutdown", "during shutdown", "after shutdown"}));
}

CASE("CORE-STOP-10", StartupThatIsReleasedTooLateStaysOver,
     "a before-startup trigger's Deferred that fires after the run has ended changes nothing",
     "stop_keeps_startup") {
  Reactor& reactor = t.reactor();
  Deferred late;
  reactor.add_system_event_trigger(Phase::kBefore, "startup", [&] { return late; });
  reactor.add_system_event_trigger(Phase::kDuring, "startup", logs(t, "during startup"));
  reactor.call_when_running(logs(t, "when running"));
  reactor.call_later(0s, [&] { reactor.stop(); });
  reactor.run();
  late.callback();
  EXPECT_FALSE(reactor.running());
  EXPECT_EQ(t.events(), Events{});
}

CASE("CORE-STOP-11", PendingDelayedCallsOutliveTheRun,
     "a delayed call still pending at stop does not fire, stays active and listed, and is served "
     "by the next run",
     "stop_cancels_calls") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  const DelayedCallRef far = reactor.call_later(1h, [&] {
    t.log("far call");
    reactor.stop();
  });
  reactor.call_later(1s, [&] { reactor.stop(); });
  reactor.run();
  EXPECT_EQ(t.events(), Events{});
  EXPECT_TRUE(far->active());
  EXPECT_EQ(reactor.get_delayed_calls(), std::vector{far});
  if (!far->active()) return;
  reactor.run();
  EXPECT_EQ(t.events(), Events{"far call"});
}

CASE("CORE-STOP-11", CallsMadeBesideTheStopWaitForTheNextRun,
     "a delayed call of zero that is made beside stop() is pending then, and is served by the next "
     "run",
     "stop_one_pass_late") {
  Reactor& reactor = t.reactor();
  reactor.call_later(0s, [&] {
    reactor.call_later(0s, logs(t, "called"));
    reactor.stop();
  });
  reactor.run();
  EXPECT_EQ(t.events(), Events{});
  EXPECT_EQ(reactor.get_delayed_calls().size(), 1u);
  t.run_window();
  EXPECT_EQ(t.events(), Events{"called"});
}

CASE("CORE-STOP-12", WhatShutdownTriggersAskForWaitsForTheNextRun,
     "delayed calls and thread calls made in during- and after-shutdown triggers do not run in "
     "this run",
     "stop_serves_once_more") {
  Reactor& reactor = t.reactor();
  for (const Phase phase : {Phase::kDuring, Phase::kAfter}) {
    reactor.add_system_event_trigger(phase, "shutdown", [&] {
      reactor.call_later(0s, logs(t, "delayed call"));
      reactor.call_from_thread(logs(t, "thread call"));
    });
  }
  reactor.call_when_running([&] { reactor.stop(); });
  reactor.run();
  EXPECT_EQ(t.events(), Events{});
  t.run_window();
  EXPECT_EQ(times(t, "delayed call"), 2);
  EXPECT_EQ(times(t, "thread call"), 2);
}

}  // namespace
}  // namespace loopmark::conformance
