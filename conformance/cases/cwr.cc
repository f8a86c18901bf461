// SPDX-License-Identifier: MIT
//
// call_when_running().
#include <stdexcept>

#include "conformance/case.h"
#include "conformance/cases/phases.h"
#include "conformance/probe.h"

namespace loopmark::conformance {
namespace {

CASE("CWR-01", FunctionIsCalledOnceWhenTheLoopHasStarted,
     "a function registered before the run is called once, after the loop has started",
     "cwr_called_at_once") {
  Reactor& reactor = t.reactor();
  reactor.call_when_running(logs(t, "when running"));
  reactor.add_system_event_trigger(Phase::kBefore, "startup", logs(t, "before startup"));
  reactor.add_system_event_trigger(Phase::kDuring, "startup", logs(t, "during startup"));
  t.log("run");
  t.run_window(1);
  t.log("run again");
  t.run_window(1);
  EXPECT_EQ(t.events(),
            (Events{"run", "before startup", "during startup", "when running", "run again"}));
}

CASE("CWR-02", FunctionsAreCalledInOrder,
     "when-running functions are called in the order in which they came", "cwr_last_first") {
  Reactor& reactor = t.reactor();
  for (const char* const name : {"first", "second", "third"})
    reactor.call_when_running(logs(t, name));
  t.run_window(1);
  EXPECT_EQ(t.events(), (Events{"first", "second", "third"}));
}

CASE("CWR-03", FunctionsSeeARunningReactor,
     "a when-running function sees a reactor that is running()", "cwr_called_at_once") {
  Reactor& reactor = t.reactor();
  reactor.call_when_running([&] { t.log(reactor.running() ? "running" : "not running"); });
  t.run_window(1);
  EXPECT_EQ(t.events(), Events{"running"});
}

CASE("CWR-04", RunningReactorCallsAtOnce,
     "while the reactor is running, the function is called inside the call, which answers no id",
     "cwr_always_waits") {
  Reactor& reactor = t.reactor();
  reactor.call_later(0s, [&] {
    const std::optional<TriggerId> id = reactor.call_when_running(logs(t, "function"));
    t.log("caller");
    EXPECT_FALSE(id.has_value());
  });
  t.run_window(1);
  EXPECT_EQ(t.events(), (Events{"function", "caller"}));
}

CASE("CWR-05", WaitingFunctionCanBeRemoved,
     "a call_when_running() that has to wait answers an id, by which the function is removed",
     "cwr_called_at_once") {
  Reactor& reactor = t.reactor();
  const std::optional<TriggerId> id = reactor.call_when_running(logs(t, "removed"));
  reactor.call_when_running(logs(t, "kept"));
  ASSERT_TRUE(id.has_value());
  reactor.remove_system_event_trigger(*id);
  t.run_window(1);
  EXPECT_EQ(t.events(), Events{"kept"});
}

CASE("CWR-06", ThrowingFunctionCostsOnlyItself,
     "an exception from a when-running function that had to wait is reported, the others run, and "
     "the loop starts",
     "trig_throw_ends_phase") {
  Reactor& reactor = t.reactor();
  reactor.call_when_running([] { throw std::runtime_error("thrown when running"); });
  reactor.call_when_running(logs(t, "second"));
  t.run_window(1);
  EXPECT_EQ(t.events(), Events{"second"});
  const auto errors = t.take_errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].failure.message(), "thrown when running");
}

CASE("CWR-07", ExceptionOfAnImmediateCallReachesTheCaller,
     "when call_when_running() calls a function at once, the function's exception reaches its "
     "caller",
     "cwr_always_waits") {
  Reactor& reactor = t.reactor();
  reactor.call_later(0s, [&] {
    const auto throwing = [] { throw std::runtime_error("thrown at once"); };
    EXPECT_THROW(reactor.call_when_running(throwing), std::runtime_error);
    t.log("called");
  });
  t.run_window(1);
  EXPECT_EQ(t.events(), Events{"called"});
  EXPECT_EQ(t.take_errors().size(), 0u);
}

CASE("CWR-08", FunctionsPrecedeAllElse,
     "when-running functions precede every delayed call, thread call and readiness callback of "
     "that run",
     "cwr_after_first_pass") {
  Reactor& reactor = t.reactor();
  auto ends = socket_pair();
  put(ends.second, "x");
  const auto near = probe(std::move(ends.first));
  near->on_read = [&](Probe& self) {
    t.log("descriptor");
    return self.read_some();
  };
  reactor.add_reader(near);
  reactor.call_later(0s, logs(t, "delayed call"));
  reactor.call_from_thread(logs(t, "thread call"));
  reactor.call_when_running(logs(t, "first"));
  reactor.call_when_running(logs(t, "second"));
  t.run_window();
  reactor.remove_reader(*near);
  ASSERT_EQ(t.events().size(), 5u);
  EXPECT_EQ(t.events()[0], "first");
  EXPECT_EQ(t.events()[1], "second");
}

CASE("CWR-09", StartupTriggersMayAskForACall,
     "in a before-startup trigger call_when_running() queues behind earlier functions, in a "
     "during-startup trigger it "
     "calls at once",
     "stop_transition_last") {
  Reactor& reactor = t.reactor();
  reactor.call_when_running(logs(t, "first"));
  reactor.add_system_event_trigger(Phase::kBefore, "startup", [&] {
    reactor.call_when_running(logs(t, "asked before"));
    t.log("before ends");
  });
  reactor.add_system_event_trigger(Phase::kDuring, "startup", [&] {
    reactor.call_when_running(logs(t, "asked during"));
    t.log("during ends");
  });
  t.run_window(1);
  EXPECT_EQ(t.events(),
            (Events{"before ends", "asked during", "during ends", "first", "asked before"}));
}

CASE("CWR-10", StopDropsNoFunction,
     "the remaining when-running functions have their turn although one called stop()",
     "stop_shuts_down_inside") {
  Reactor& reactor = t.reactor();
  reactor.call_when_running([&] { reactor.stop(); });
  reactor.call_when_running(logs(t, "second"));
  reactor.call_when_running(logs(t, "third"));
  log_phases(t, "shutdown");
  reactor.run();
  EXPECT_EQ(t.events(),
            (Events{"second", "third", "before shutdown", "during shutdown", "after shutdown"}));
}

CASE("CWR-11", FunctionsWaitForTheNextRunOnceShutdownHasBegun,
     "a function registered in a during- or after-shutdown trigger does not run in this run",
     "cwr_called_at_once") {
  Reactor& reactor = t.reactor();
  for (const Phase phase : {Phase::kDuring, Phase::kAfter}) {
    reactor.add_system_event_trigger(phase, "shutdown",
                                     [&] { reactor.call_when_running(logs(t, "called")); });
  }
  t.run_window(1);
  EXPECT_EQ(t.events(), Events{});
  t.run_window(1);
  EXPECT_EQ(times(t, "called"), 2);
}

}  // namespace
}  // namespace loopmark::conformance
