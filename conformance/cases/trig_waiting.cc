// SPDX-License-Identifier: MIT
//
// System event triggers that answer a Deferred: what waits for it, and what does not.
#include <stdexcept>

#include "conformance/case.h"
#include "conformance/cases/phases.h"

namespace loopmark::conformance {
namespace {

CASE("TRIG-07", DuringWaitsForEveryDeferred,
     "the during phase starts only when every Deferred answered by the before phase has fired",
     "trig_first_releases") {
  Reactor& reactor = t.reactor();
  Deferred first;
  Deferred second;
  reactor.add_system_event_trigger(Phase::kBefore, "event", [&] { return first; });
  reactor.add_system_event_trigger(Phase::kBefore, "event", [&] { return second; });
  reactor.add_system_event_trigger(Phase::kDuring, "event", logs(t, "during"));
  reactor.fire_system_event("event");
  t.log("both open");
  second.callback();
  t.log("one open");
  first.callback();
  EXPECT_EQ(t.events(), (Events{"both open", "one open", "during"}));
}

CASE("TRIG-07", DeferredOfAGivenUpFiringReleasesNoOther,
     "a Deferred of a shutdown that crash() gave up, fired during the next one, does not stand for "
     "that one's",
     "trig_given_up_releases") {
  Reactor& reactor = t.reactor();
  Deferred old;
  Deferred open;
  reactor.add_system_event_trigger(Phase::kBefore, "shutdown", [&] { return old; });
  reactor.call_later(0s, [&] {
    reactor.stop();
    reactor.call_later(0s, [&] { reactor.crash(); });
  });
  reactor.run();
  reactor.add_system_event_trigger(Phase::kBefore, "shutdown", [&] { return open; });
  reactor.add_system_event_trigger(Phase::kDuring, "shutdown", logs(t, "during"));
  const auto fire = [&] {
    old.callback();
    t.log("old");
    open.callback();
  };
  reactor.call_later(0s, [&] {
    reactor.stop();
    reactor.call_later(0s, [&] { reactor.call_later(0s, fire); });
  });
  reactor.run();
  EXPECT_EQ(t.events(), (Events{"old", "during"}));
}

CASE("TRIG-08", OpenDeferredHoldsBackNoOtherBeforeTrigger,
     "an open Deferred holds back the next phase, not the other before triggers",
     "trig_one_by_one") {
  Reactor& reactor = t.reactor();
  Deferred open;
  reactor.add_system_event_trigger(Phase::kBefore, "event", [&] { return open; });
  reactor.add_system_event_trigger(Phase::kBefore, "event", logs(t, "before 2"));
  reactor.add_system_event_trigger(Phase::kBefore, "event", logs(t, "before 3"));
  reactor.add_system_event_trigger(Phase::kDuring, "event", logs(t, "during"));
  reactor.fire_system_event("event");
  EXPECT_EQ(t.events(), (Events{"before 2", "before 3"}));
  open.callback();
  EXPECT_EQ(t.events(), (Events{"before 2", "before 3", "during"}));
}

CASE("TRIG-09", BeforeTriggersComeAheadOfDuringWhoeverFiresTheLastDeferred,
     "when a before trigger fires the last open Deferred, those behind it still come ahead of the "
     "during phase",
     "trig_released_too_soon") {
  Reactor& reactor = t.reactor();
  Deferred open;
  reactor.add_system_event_trigger(Phase::kBefore, "event", [&] { return open; });
  reactor.add_system_event_trigger(Phase::kBefore, "event", [&] {
    open.callback();
    t.log("before 2");
  });
  reactor.add_system_event_trigger(Phase::kBefore, "event", logs(t, "before 3"));
  reactor.add_system_event_trigger(Phase::kDuring, "event", logs(t, "during"));
  reactor.fire_system_event("event");
  EXPECT_EQ(t.events(), (Events{"before 2", "before 3", "during"}));
}

CASE("TRIG-10", OnlyBeforeTriggersMakeAFiringWait,
     "an open Deferred answered in the during or after phase is not looked at",
     "trig_during_waits") {
  Reactor& reactor = t.reactor();
  const Deferred never;
  for (const Phase phase : {Phase::kDuring, Phase::kAfter}) {
    reactor.add_system_event_trigger(phase, "event", [&] { return never; });
  }
  log_phases(t, "event");
  reactor.fire_system_event("event");
  EXPECT_EQ(t.events(), (Events{"before event", "during event", "after event"}));
}

CASE("TRIG-12", FailureLetsTheFiringGoOn,
     "a Failure from a before trigger's Deferred is reported, and the firing goes on",
     "trig_failure_lost") {
  Reactor& reactor = t.reactor();
  Deferred failing;
  reactor.add_system_event_trigger(Phase::kBefore, "event", [&] { return failing; });
  log_phases(t, "event");
  reactor.fire_system_event("event");
  EXPECT_EQ(t.events(), Events{"before event"});
  failing.errback(Failure::of(std::runtime_error("did not work")));
  EXPECT_EQ(t.events(), (Events{"before event", "during event", "after event"}));
  const auto errors = t.take_errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].failure.message(), "did not work");
}

CASE("TRIG-14", LaterPhasesCanBeRemovedWhileBeforeRunsOrWaits,
     "during and after triggers can be removed while the before phase runs or waits",
     "trig_no_removal_in_firing") {
  Reactor& reactor = t.reactor();
  const TriggerId during =
      reactor.add_system_event_trigger(Phase::kDuring, "event", logs(t, "removed"));
  const TriggerId after =
      reactor.add_system_event_trigger(Phase::kAfter, "event", logs(t, "removed"));
  Deferred open;
  reactor.add_system_event_trigger(Phase::kBefore, "event", [&] {
    reactor.remove_system_event_trigger(during);
    return open;
  });
  log_phases(t, "event");
  reactor.fire_system_event("event");
  EXPECT_NO_THROW(reactor.remove_system_event_trigger(after));
  open.callback();
  EXPECT_EQ(t.events(), (Events{"before event", "during event", "after event"}));
}

CASE("TRIG-20", EventsFireSideBySide, "an event that waits holds back no other",
     "trig_one_at_a_time") {
  Reactor& reactor = t.reactor();
  Deferred red_open;
  Deferred blue_open;
  reactor.add_system_event_trigger(Phase::kBefore, "red", [&] { return red_open; });
  reactor.add_system_event_trigger(Phase::kBefore, "blue", [&] { return blue_open; });
  log_phases(t, "red");
  log_phases(t, "blue");
  reactor.fire_system_event("red");
  reactor.fire_system_event("blue");
  EXPECT_EQ(t.events(), (Events{"before red", "before blue"}));
  if (times(t, "before blue") == 0) return;
  blue_open.callback();
  EXPECT_EQ(t.events(), (Events{"before red", "before blue", "during blue", "after blue"}));
  red_open.callback();
  EXPECT_EQ(times(t, "during red"), 1);
  EXPECT_EQ(times(t, "after red"), 1);
}

}  // namespace
}  // namespace loopmark::conformance
