// SPDX-License-Identifier: MIT
//
// System event triggers: registration, removal, and the order of a firing in which nothing waits.
#include <functional>
#include <stdexcept>
#include <thread>

#include "conformance/case.h"
#include "conformance/cases/phases.h"

namespace loopmark::conformance {
namespace {

constexpr Phase kPhases[] = {Phase::kBefore, Phase::kDuring, Phase::kAfter};

CASE("TRIG-01", PhasesFollowEachOtherInOrder,
     "phases run as before, during, after, and triggers of one phase in order of registration",
     "trig_phases_swapped") {
  Reactor& reactor = t.reactor();
  reactor.add_system_event_trigger(Phase::kAfter, "event", logs(t, "after 1"));
  reactor.add_system_event_trigger(Phase::kBefore, "event", logs(t, "before 1"));
  reactor.add_system_event_trigger(Phase::kDuring, "event", logs(t, "during 1"));
  reactor.add_system_event_trigger(Phase::kBefore, "event", logs(t, "before 2"));
  reactor.add_system_event_trigger(Phase::kAfter, "event", logs(t, "after 2"));
  reactor.add_system_event_trigger(Phase::kDuring, "event", logs(t, "during 2"));
  reactor.fire_system_event("event");
  EXPECT_EQ(t.events(),
            (Events{"before 1", "before 2", "during 1", "during 2", "after 1", "after 2"}));
}

CASE("TRIG-02", UnknownPhaseIsRefused,
     "a phase other than before, during and after is refused at registration", "trig_unchecked") {
  Reactor& reactor = t.reactor();
  const auto add = [&](int phase) {
    reactor.add_system_event_trigger(static_cast<Phase>(phase), "event", logs(t, "called"));
  };
  EXPECT_THROW(add(3), std::logic_error);
  EXPECT_THROW(add(-1), std::logic_error);
  reactor.fire_system_event("event");
  EXPECT_EQ(t.events(), Events{});
}

CASE("TRIG-03", EmptyFunctionIsRefused, "an empty function is refused at registration",
     "trig_unchecked") {
  Reactor& reactor = t.reactor();
  const Callback empty;
  const std::function<Deferred()> empty_with_result;
  for (const Phase phase : kPhases) {
    EXPECT_THROW(reactor.add_system_event_trigger(phase, "event", empty), std::logic_error);
    EXPECT_THROW(reactor.add_system_event_trigger(phase, "event", empty_with_result),
                 std::logic_error);
  }
  reactor.fire_system_event("event");
}

CASE("TRIG-04", RemovedTriggerIsNotCalled,
     "removal by the id that registration answered prevents the call", "trig_remove_ignored") {
  Reactor& reactor = t.reactor();
  for (const Phase phase : kPhases) {
    const TriggerId id = reactor.add_system_event_trigger(phase, "event", logs(t, "removed"));
    reactor.add_system_event_trigger(phase, "event", logs(t, "kept"));
    reactor.remove_system_event_trigger(id);
  }
  reactor.fire_system_event("event");
  EXPECT_EQ(t.events(), (Events{"kept", "kept", "kept"}));
}

CASE("TRIG-05", RemovingWhatIsNotThereThrows,
     "removing an id a second time, or one that was never issued, throws", "trig_remove_ignored") {
  Reactor& reactor = t.reactor();
  const TriggerId id =
      reactor.add_system_event_trigger(Phase::kBefore, "event", logs(t, "removed"));
  reactor.add_system_event_trigger(Phase::kBefore, "event", logs(t, "kept"));
  reactor.remove_system_event_trigger(id);
  EXPECT_THROW(reactor.remove_system_event_trigger(id), std::invalid_argument);
  for (const std::uint64_t made_up :
       {std::uint64_t{0}, std::uint64_t{1} << 40, ~std::uint64_t{0}}) {
    EXPECT_THROW(reactor.remove_system_event_trigger(TriggerId{made_up}), std::invalid_argument)
        << made_up;
  }
  reactor.fire_system_event("event");
  EXPECT_EQ(t.events(), Events{"kept"});
}

CASE("TRIG-06", TriggersRunOnce,
     "a trigger that has fired is gone, for a second firing and for the next run",
     "trig_stays_registered") {
  Reactor& reactor = t.reactor();
  log_phases(t, "event");
  log_phases(t, "startup");
  log_phases(t, "shutdown");
  for (int run = 0; run < 2; ++run) {
    reactor.fire_system_event("event");
    reactor.call_from_thread([&] { reactor.stop(); });
    reactor.run();
    EXPECT_EQ(t.events().size(), 9u);
  }
}

CASE("TRIG-11", ThrowingTriggerCostsOnlyItself,
     "an exception costs only the trigger that threw it: it is reported once, and all others have "
     "their turn",
     "trig_throw_ends_phase") {
  Reactor& reactor = t.reactor();
  for (const Phase phase : kPhases) {
    reactor.add_system_event_trigger(phase, "shutdown",
                                     [] { throw std::runtime_error("thrown by a trigger"); });
  }
  log_phases(t, "shutdown");
  reactor.call_when_running([&] { reactor.stop(); });
  reactor.run();
  EXPECT_EQ(t.events(), (Events{"before shutdown", "during shutdown", "after shutdown"}));
  const auto errors = t.take_errors();
  EXPECT_EQ(errors.size(), 3u);
  for (const ErrorReport& error : errors) EXPECT_EQ(error.failure.message(), "thrown by a trigger");
}

CASE("TRIG-13", TriggerMayRemoveOneOfItsOwnPhase,
     "a trigger may remove one of its own phase that has not run yet, which then does not run",
     "trig_no_removal_in_firing") {
  Reactor& reactor = t.reactor();
  for (const Phase phase : kPhases) {
    const auto victim = std::make_shared<TriggerId>();
    reactor.add_system_event_trigger(phase, "event",
                                     [&, victim] { reactor.remove_system_event_trigger(*victim); });
    *victim = reactor.add_system_event_trigger(phase, "event", logs(t, "removed"));
    reactor.add_system_event_trigger(phase, "event", logs(t, "kept"));
  }
  reactor.fire_system_event("event");
  EXPECT_EQ(t.events(), (Events{"kept", "kept", "kept"}));
}

CASE("TRIG-15", RegistrationIsKnownByItsIdAlone,
     "one function may stand in two phases and be removed from one of them", "trig_ids_by_phase") {
  Reactor& reactor = t.reactor();
  const Callback function = logs(t, "called");
  const auto calls_without = [&](Phase removed) {
    TriggerId id{};
    for (const Phase phase : {Phase::kBefore, Phase::kDuring}) {
      const TriggerId added = reactor.add_system_event_trigger(phase, "event", function);
      if (phase == removed) id = added;
      reactor.add_system_event_trigger(phase, "event",
                                       logs(t, phase == Phase::kBefore ? "before" : "during"));
    }
    reactor.remove_system_event_trigger(id);
    const auto start = static_cast<std::ptrdiff_t>(t.events().size());
    reactor.fire_system_event("event");
    return Events(t.events().begin() + start, t.events().end());
  };
  EXPECT_EQ(calls_without(Phase::kDuring), (Events{"called", "before", "during"}));
  EXPECT_EQ(calls_without(Phase::kBefore), (Events{"before", "called", "during"}));
}

CASE("TRIG-17", AdditionsJoinTheFiringWherePhasesAreAhead,
     "a firing includes triggers added to its present phase or a later one, and leaves those of a "
     "finished phase for next time",
     "trig_phase_fixed") {
  Reactor& reactor = t.reactor();
  reactor.add_system_event_trigger(Phase::kBefore, "event", [&] {
    reactor.add_system_event_trigger(Phase::kAfter, "event", logs(t, "later phase"));
    reactor.add_system_event_trigger(Phase::kBefore, "event", logs(t, "same phase, before"));
  });
  reactor.add_system_event_trigger(Phase::kDuring, "event", [&] {
    reactor.add_system_event_trigger(Phase::kBefore, "event", logs(t, "earlier phase"));
    reactor.add_system_event_trigger(Phase::kDuring, "event", logs(t, "same phase, during"));
  });
  reactor.fire_system_event("event");
  EXPECT_EQ(t.events(), (Events{"same phase, before", "same phase, during", "later phase"}));
  reactor.fire_system_event("event");
  EXPECT_EQ(t.events().size(), 4u);
  EXPECT_EQ(t.events().back(), "earlier phase");
}

CASE("TRIG-18", EventWithoutTriggersDoesNothing, "firing an event that has no trigger does nothing",
     "trig_unknown_event_throws") {
  Reactor& reactor = t.reactor();
  log_phases(t, "event");
  EXPECT_NO_THROW(reactor.fire_system_event("event of nobody"));
  reactor.call_from_thread([&] {
    reactor.fire_system_event("event of nobody");
    EXPECT_TRUE(reactor.running());
    reactor.stop();
  });
  reactor.run();
  EXPECT_EQ(t.events(), Events{});
}

CASE("TRIG-19", ApplicationsNameEventsOfTheirOwn,
     "an application's own event goes through its three phases, outside a run and in one",
     "trig_no_own_events") {
  Reactor& reactor = t.reactor();
  log_phases(t, "refit");
  reactor.fire_system_event("refit");
  EXPECT_EQ(t.events(), (Events{"before refit", "during refit", "after refit"}));
  log_phases(t, "relaunch");
  reactor.call_from_thread([&] {
    reactor.fire_system_event("relaunch");
    reactor.stop();
  });
  reactor.run();
  EXPECT_EQ(times(t, "before relaunch") + times(t, "during relaunch") + times(t, "after relaunch"),
            3);
}

CASE("TRIG-21", RunningThreadCallsTheTriggers,
     "the thread inside run() is the one that calls startup and shutdown triggers",
     "trig_on_another_thread") {
  Reactor& reactor = t.reactor();
  std::vector<std::thread::id> callers;
  for (const char* const event : {"startup", "shutdown"}) {
    for (const Phase phase : kPhases) {
      reactor.add_system_event_trigger(phase, event,
                                       [&] { callers.push_back(std::this_thread::get_id()); });
    }
  }
  reactor.call_from_thread([&] { reactor.stop(); });
  std::jthread runner([&] { reactor.run(); });
  const std::thread::id running_thread = runner.get_id();
  runner.join();
  EXPECT_EQ(callers, std::vector<std::thread::id>(6, running_thread));
}

CASE("TRIG-22", FiringIsOverWhenTheCallReturns,
     "fire_system_event() goes through all phases before it returns, unless a Deferred is open",
     "trig_phases_swapped") {
  Reactor& reactor = t.reactor();
  reactor.call_from_thread([&] {
    log_phases(t, "event");
    reactor.fire_system_event("event");
    t.log("fired");
    reactor.stop();
  });
  reactor.run();
  EXPECT_EQ(t.events(), (Events{"before event", "during event", "after event", "fired"}));

  Deferred open;
  log_phases(t, "waiting");
  reactor.add_system_event_trigger(Phase::kBefore, "waiting", [&] { return open; });
  reactor.fire_system_event("waiting");
  t.log("fired");
  open.callback();
  EXPECT_EQ(Events(t.events().begin() + 4, t.events().end()),
            (Events{"before waiting", "fired", "during waiting", "after waiting"}));
}

}  // namespace
}  // namespace loopmark::conformance
