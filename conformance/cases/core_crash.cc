// SPDX-License-Identifier: MIT
//
// crash(): the end of a run without shutdown.
#include "conformance/case.h"
#include "conformance/cases/phases.h"
#include "conformance/kernel.h"
#include "conformance/probe.h"

namespace loopmark::conformance {
namespace {

CASE("CORE-CRASH-01", CrashFiresNoShutdownTrigger,
     "crash() ends the run without firing a shutdown trigger, and the reactor is no longer "
     "running()",
     "crash_shuts_down") {
  Reactor& reactor = t.reactor();
  log_phases(t, "shutdown");
  reactor.call_later(0s, [&] { reactor.crash(); });
  reactor.run();
  EXPECT_EQ(t.events(), Events{});
  EXPECT_FALSE(reactor.running());
}

CASE("CORE-CRASH-02", CrashLeavesWhatIsRegisteredAndPending,
     "descriptors that were registered and delayed calls that were pending when crash() ended the "
     "run still are",
     "crash_shuts_down") {
  Reactor& reactor = t.reactor();
  auto ends = socket_pair();
  const auto near = probe(std::move(ends.first));
  near->on_write = [&](Probe&) {
    reactor.crash();
    return Progress::more();
  };
  reactor.add_reader(near);
  reactor.add_writer(near);
  const DelayedCallRef far = reactor.call_later(1h, logs(t, "far call"));
  reactor.run();
  EXPECT_EQ(reactor.get_readers(), (std::vector<std::shared_ptr<Descriptor>>{near}));
  EXPECT_EQ(reactor.get_writers(), (std::vector<std::shared_ptr<Descriptor>>{near}));
  EXPECT_EQ(near->losses.size(), 0u);
  EXPECT_EQ(reactor.get_delayed_calls(), std::vector{far});
  EXPECT_TRUE(far->active());
}

CASE("CORE-CRASH-03", TheBatchStillRunsAfterACrash,
     "delayed calls that are due with the one that calls crash() still run",
     "stop_ends_the_batch") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  for (int i = 0; i < 3; ++i) {
    reactor.call_later(1s, [&] {
      if (t.events().empty()) reactor.crash();
      t.log("called");
    });
  }
  reactor.run();
  EXPECT_EQ(times(t, "called"), 3);
}

CASE("CORE-CRASH-03", NoWaitBlocksAfterACrash, "after crash() no wait blocks any more",
     "stop_does_not_wake") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  const auto crash = [&] {
    kernel::forget_waits();
    reactor.crash();
  };
  reactor.call_later(1h, logs(t, "far call"));
  reactor.call_later(1s, crash);
  reactor.run();
  for (const kernel::Wait& wait : kernel::waits())
    EXPECT_EQ(wait.timeout, Duration::zero()) << wait.call;
  reactor.call_from_thread(crash);
  reactor.run();
  for (const kernel::Wait& wait : kernel::waits())
    EXPECT_EQ(wait.timeout, Duration::zero()) << wait.call;
  EXPECT_EQ(t.events(), Events{});
}

CASE("CORE-CRASH-04", CrashEndsAShutdownThatIsStuck,
     "crash() ends a shutdown that waits for a Deferred, and neither during-shutdown nor "
     "after-shutdown comes",
     "crash_keeps_events") {
  Reactor& reactor = t.reactor();
  Deferred late;
  log_phases(t, "shutdown");
  reactor.add_system_event_trigger(Phase::kBefore, "shutdown", [&] {
    reactor.call_later(0s, [&] { reactor.crash(); });
    return late;
  });
  reactor.call_when_running([&] { reactor.stop(); });
  reactor.run();
  EXPECT_FALSE(reactor.running());
  late.callback();
  EXPECT_EQ(t.events(), Events{"before shutdown"});
}

CASE("CORE-CRASH-05", CrashBeforeTheFirstRunHasNoEffect,
     "crash() on a reactor that has never run does not hinder the first run",
     "crash_is_remembered") {
  Reactor& reactor = t.reactor();
  reactor.crash();
  EXPECT_FALSE(reactor.running());
  log_phases(t, "startup");
  log_phases(t, "shutdown");
  t.run_window(1);
  EXPECT_EQ(t.events(), (Events{"before startup", "during startup", "after startup",
                                "before shutdown", "during shutdown", "after shutdown"}));
}

CASE("CORE-CRASH-06", StopAfterCrashThrows,
     "stop() after crash() throws ReactorNotRunning, and neither hinders the next run",
     "stop_twice") {
  Reactor& reactor = t.reactor();
  reactor.call_later(0s, [&] {
    reactor.crash();
    EXPECT_THROW(reactor.stop(), ReactorNotRunning);
    t.log("crashed");
  });
  reactor.run();
  EXPECT_EQ(t.events(), Events{"crashed"});
  t.run_window(1);
}

CASE("CORE-CRASH-07", CrashInABeforeStartupTriggerEndsStartup,
     "when a before-startup trigger calls crash(), run() returns, running() is false, and startup "
     "goes no further",
     "crash_keeps_events") {
  Reactor& reactor = t.reactor();
  reactor.add_system_event_trigger(Phase::kBefore, "startup", [&] { reactor.crash(); });
  reactor.add_system_event_trigger(Phase::kDuring, "startup", logs(t, "during startup"));
  reactor.call_when_running(logs(t, "when running"));
  reactor.run();
  EXPECT_FALSE(reactor.running());
  EXPECT_EQ(t.events(), Events{});
}

}  // namespace
}  // namespace loopmark::conformance
