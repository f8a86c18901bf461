// SPDX-License-Identifier: MIT
//
// Section 8, Signals: runs with handlers.
#include <unistd.h>

#include <future>

#include "conformance/cases/dispositions.h"
#include "conformance/cases/passes.h"
#include "conformance/cases/phases.h"
#include "conformance/kernel.h"
#include "conformance/open_descriptors.h"

namespace loopmark::conformance {
namespace {

/// Runs with handlers; signal `number` comes when the loop is about to wait.
void run_until_signal(CaseContext& t, int number) {
  kernel::on_next_block([&t, number] { raise_handled(t, number); });
  signals(t).run();
}

const Events kAllPhases{"before shutdown", "during shutdown", "after shutdown"};

CASE("SIG-01", InterruptStopsInOrder,
     "SIGINT stops a run with handlers through all phases of shutdown", "sig_int_crashes") {
  const DefaultDispositions clean;
  log_phases(t, "shutdown");
  run_until_signal(t, SIGINT);
  EXPECT_EQ(t.events(), kAllPhases);
}

CASE("SIG-02", TerminateStopsInOrder,
     "SIGTERM stops a run with handlers through all phases of shutdown", "sig_term_not_taken") {
  const DefaultDispositions clean;
  log_phases(t, "shutdown");
  run_until_signal(t, SIGTERM);
  EXPECT_EQ(t.events(), kAllPhases);
}

std::atomic<int> own_interrupts = 0;
std::atomic<int> own_terminates = 0;

CASE("SIG-03", OwnInterruptHandlerStays,
     "a SIGINT handler of the application's stays in a run with handlers, and the loop goes on; "
     "SIGTERM is taken over even from one",
     "sig_int_always_taken") {
  const DefaultDispositions clean;
  const Disposition interrupt(SIGINT, [](int) { ++own_interrupts; });
  const Disposition terminate(SIGTERM, [](int) { ++own_terminates; });
  t.reactor().call_later(0s, [&] {
    ::raise(SIGINT);
    after_passes(t, 3, [&] {
      t.log("went on");
      ::raise(SIGTERM);
    });
  });
  signals(t).run();
  EXPECT_EQ(own_interrupts, 1);
  EXPECT_EQ(own_terminates, 0);
  EXPECT_EQ(t.events(), Events{"went on"});
}

CASE("SIG-04", RunChangesNoDisposition,
     "a run without handlers changes the disposition of no signal", "fd_sigpipe_ignored") {
  const std::vector<Handler> before = all_handlers();
  const auto compare = [&] { EXPECT_EQ(all_handlers(), before); };
  t.reactor().add_system_event_trigger(Phase::kAfter, "startup", compare);
  t.reactor().call_later(0s, compare);
  t.reactor().add_system_event_trigger(Phase::kBefore, "shutdown", compare);
  t.run_window();
  compare();
}

CASE("SIG-05", HandlersComeDuringStartup,
     "triggers before startup still see the dispositions that were there, and those after startup "
     "see the handlers",
     "sig_before_startup") {
  const DefaultDispositions clean;
  const auto seen = [] {
    return std::vector{handler_of(SIGINT) != SIG_DFL, handler_of(SIGTERM) != SIG_DFL,
                       handler_of(SIGCHLD) != SIG_DFL};
  };
  std::vector<bool> before, after;
  Reactor& reactor = t.reactor();
  reactor.add_system_event_trigger(Phase::kBefore, "startup", [&] { before = seen(); });
  reactor.add_system_event_trigger(Phase::kAfter, "startup", [&] { after = seen(); });
  reactor.call_later(0s, [&] { reactor.stop(); });
  signals(t).run();
  EXPECT_EQ(before, std::vector<bool>(3, false));
  EXPECT_EQ(after, std::vector<bool>(3, true));
}

CASE("SIG-06", SignalThatEndedTheRunIsKnown,
     "the signal that has ended the last run can be read after it, and is none when none did",
     "sig_exit_signal_kept") {
  const DefaultDispositions clean;
  EXPECT_EQ(signals(t).exit_signal(), std::nullopt);
  run_until_signal(t, SIGTERM);
  EXPECT_EQ(signals(t).exit_signal(), SIGTERM);
  t.reactor().call_later(0s, [&] { t.reactor().stop(); });
  signals(t).run();
  EXPECT_EQ(signals(t).exit_signal(), std::nullopt);
  run_until_signal(t, SIGINT);
  EXPECT_EQ(signals(t).exit_signal(), SIGINT);
}

CASE("SIG-07", StopIsOrdinaryWork,
     "the handler does not stop the reactor itself: the callback that it interrupts goes on, and "
     "the loop stops afterwards, on its own thread and outside of signal context",
     "sig_stops_in_the_handler") {
  const DefaultDispositions clean;
  Reactor& reactor = t.reactor();
  reactor.call_later(0s, [&] {
    errno = 0;
    ::raise(SIGINT);
    EXPECT_EQ(errno, 0);
    EXPECT_EQ(signals(t).exit_signal(), std::nullopt) << "the reactor is being stopped";
    t.log("callback goes on");
  });
  reactor.add_system_event_trigger(Phase::kBefore, "shutdown", [&] {
    t.log("shutdown");
    EXPECT_TRUE(reactor.in_reactor_thread());
    sigset_t blocked;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    EXPECT_EQ(sigismember(&blocked, SIGINT), 0);
  });
  signals(t).run();
  EXPECT_EQ(t.events(), (Events{"callback goes on", "shutdown"}));
}

CASE("SIG-08", FurtherSignalsChangeNothing,
     "signals that come while shutdown waits for a Deferred neither end that wait nor are errors",
     "sig_second_is_an_error") {
  const DefaultDispositions clean;
  Deferred open;
  t.reactor().add_system_event_trigger(Phase::kBefore, "shutdown", [&] {
    ::raise(SIGINT);
    after_passes(t, 3, [&] {
      ::raise(SIGTERM);
      after_passes(t, 3, [&] {
        t.log("waited");
        open.callback();
      });
    });
    return open;
  });
  t.reactor().add_system_event_trigger(Phase::kDuring, "shutdown", logs(t, "shutdown"));
  run_until_signal(t, SIGINT);
  EXPECT_EQ(t.events(), (Events{"waited", "shutdown"}));
  EXPECT_EQ(signals(t).exit_signal(), SIGINT);
}

CASE("SIG-09", EarlierHandlersAreBack,
     "when a run with handlers returns, by stop() or crash(), the dispositions are those of before",
     "sig_not_restored, sig_default_for_the_earlier") {
  const DefaultDispositions clean;
  const Disposition terminate(SIGTERM, [](int) { ++own_terminates; });
  const std::vector<Handler> before = all_handlers();
  const auto run = [&](Callback end) {
    t.reactor().call_later(0s, std::move(end));
    signals(t).run();
    EXPECT_EQ(all_handlers(), before);
  };
  run([&] { t.reactor().stop(); });
  run([&] { t.reactor().crash(); });
  t.reactor().add_system_event_trigger(Phase::kBefore, "startup", [&] { t.reactor().crash(); });
  run([] {});
  t.reactor().add_system_event_trigger(Phase::kAfter, "startup", [&] {
    EXPECT_EQ(all_handlers(), before) << "by a trigger that an earlier run has left";
  });
  t.run_window();
}

CASE("SIG-09", RefusedRunChangesNothing,
     "a second run with handlers at a time is refused, and changes no handler of the first",
     "sig_two_runs_at_once") {
  const DefaultDispositions clean;
  const std::unique_ptr<Reactor> second = t.make_reactor();
  t.reactor().call_later(0s, [&] {
    const std::vector<Handler> before = all_handlers();
    second->call_later(0s, [&] { second->stop(); });
    EXPECT_THROW(query<ReactorSignals>(*second).run(), std::logic_error);
    EXPECT_THROW(signals(t).run(), ReactorAlreadyRunning);
    EXPECT_EQ(all_handlers(), before);
    EXPECT_TRUE(second->get_readers().empty());
    ::raise(SIGINT);
  });
  signals(t).run();
  EXPECT_EQ(signals(t).exit_signal(), SIGINT);
}

CASE("SIG-13", NothingIsLeft,
     "after a run with handlers SIGCHLD has its default disposition, and the self-pipe is gone, "
     "from the reactor and from the process",
     "sig_pipe_left_open") {
  const DefaultDispositions clean;
  Reactor& reactor = t.reactor();
  t.run_window();  // a library may open something for its first run
  const std::ptrdiff_t before = open_descriptors();
  for (const bool in_order : {true, false}) {
    reactor.call_later(0s, [&] { in_order ? reactor.stop() : reactor.crash(); });
    signals(t).run();
    EXPECT_EQ(handler_of(SIGCHLD), SIG_DFL);
    EXPECT_TRUE(reactor.get_readers().empty());
    EXPECT_EQ(open_descriptors(), before);
  }
}

CASE("SIG-14", AnyThreadMayRunWithHandlers,
     "a run with handlers may be that of any thread, and signals which land on others end it, too",
     "sig_only_in_main_thread") {
  const DefaultDispositions clean;
  std::promise<void> started;
  t.reactor().call_later(0s, [&] { started.set_value(); });
  std::jthread runner([&] { signals(t).run(); });
  started.get_future().wait();
  raise_handled(t, SIGINT);
  runner.join();
  EXPECT_EQ(signals(t).exit_signal(), SIGINT);
  EXPECT_EQ(handler_of(SIGINT), SIG_DFL);
}

}  // namespace
}  // namespace loopmark::conformance
