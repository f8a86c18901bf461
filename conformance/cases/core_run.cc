// SPDX-License-Identifier: MIT
//
// run(): what it starts with, what keeps it going, on which thread, and where it is refused.
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "conformance/case.h"
#include "conformance/kernel.h"
#include "conformance/probe.h"

namespace loopmark::conformance {
namespace {

using Events = std::vector<std::string>;

CASE("CORE-RUN-01", NothingIsCalledBeforeRun,
     "delayed calls, thread calls, when-running functions and descriptors that are registered "
     "and due are not called until run()",
     "run_thread_call_at_once") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  auto [near, far] = socket_pair();
  put(far, "x");
  const auto descriptor = probe(std::move(near));
  descriptor->on_read = [&](Probe& self) {
    t.log("do_read");
    reactor.remove_reader(self);
    return Progress::more();
  };
  descriptor->on_write = [&](Probe& self) {
    t.log("do_write");
    reactor.remove_writer(self);
    return Progress::more();
  };
  reactor.add_reader(descriptor);
  reactor.add_writer(descriptor);
  reactor.call_later(1s, [&] { t.log("delayed call"); });
  reactor.call_from_thread([&] { t.log("thread call"); });
  reactor.call_when_running([&] { t.log("when running"); });
  kernel::advance(2s);
  EXPECT_TRUE(t.events().empty());

  t.run_window();
  Events events = t.events();
  std::ranges::sort(events);
  EXPECT_EQ(events, (Events{"delayed call", "do_read", "do_write", "thread call", "when running"}));
}

CASE("CORE-RUN-02", StartupComesFirstAndShutdownLast,
     "run() fires startup, serves, and returns when stop() has fired shutdown",
     "run_startup_after_first_pass") {
  Reactor& reactor = t.reactor();
  const auto log = [&t](const std::string& text) { return [&t, text] { t.log(text); }; };
  reactor.call_later(0s, [&] {
    t.log("delayed call");
    reactor.stop();
    t.log("stop returned");
  });
  for (const char* event : {"shutdown", "startup"}) {
    reactor.add_system_event_trigger(Phase::kAfter, event, log(std::string("after ") + event));
    reactor.add_system_event_trigger(Phase::kDuring, event, log(std::string("during ") + event));
    reactor.add_system_event_trigger(Phase::kBefore, event, log(std::string("before ") + event));
  }
  reactor.run();
  t.log("run returned");
  EXPECT_EQ(t.events(), (Events{"before startup", "during startup", "after startup", "delayed call",
                                "stop returned", "before shutdown", "during shutdown",
                                "after shutdown", "run returned"}));
}

CASE("CORE-RUN-02", RunStaysUntilShutdownIsThrough,
     "run() returns only when stop() is completed, also when a before-shutdown trigger takes "
     "its time",
     "run_leaves_while_shutdown_waits") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  Deferred held;
  reactor.add_system_event_trigger(Phase::kBefore, "shutdown", [&] {
    t.log("held back");
    reactor.call_later(1s, [&] {
      t.log("let go");
      held.callback();
    });
    return held;
  });
  reactor.add_system_event_trigger(Phase::kAfter, "shutdown", [&] { t.log("after shutdown"); });
  reactor.call_later(0s, [&] { reactor.stop(); });
  reactor.run();
  t.log("run returned");
  EXPECT_EQ(t.events(), (Events{"held back", "let go", "after shutdown", "run returned"}));
}

/// Who was called in which thread. (A std::thread::id may come again for another thread.)
using Places = std::vector<std::pair<std::string, pid_t>>;

/// Registers one callback of every kind; the last one stops the reactor.
void register_every_kind(Reactor& reactor, Places& places) {
  const auto note = [&places](const std::string& kind) {
    return [&places, kind] { places.emplace_back(kind, ::gettid()); };
  };
  for (const Phase phase : {Phase::kBefore, Phase::kDuring, Phase::kAfter}) {
    reactor.add_system_event_trigger(phase, "startup", note("startup trigger"));
    reactor.add_system_event_trigger(phase, "shutdown", note("shutdown trigger"));
  }
  reactor.call_when_running(note("when running"));
  std::thread([&reactor, &note] { reactor.call_from_thread(note("thread call")); }).join();
  auto [near, far] = socket_pair();
  put(far, "x");
  const auto descriptor = probe(std::move(near));
  descriptor->on_write = [=, &reactor](Probe& self) {
    note("do_write")();
    reactor.remove_writer(self);
    return Progress::more();
  };
  descriptor->on_read = [=, &reactor](Probe& self) {
    note("do_read")();
    reactor.call_later(0s, [=, &reactor] {
      note("delayed call")();
      reactor.stop();
    });
    return self.read_some();
  };
  descriptor->on_lost = [=](Probe&, const Failure&) { note("connection_lost")(); };
  reactor.add_reader(descriptor);
  reactor.add_writer(descriptor);
  reactor.call_later(0s,
                     [=, peer = std::make_shared<UniqueFd>(std::move(far))] { note("peer")(); });
}

void expect_all_in(const Places& places, pid_t thread) {
  Events kinds;
  for (const auto& [kind, where] : places) {
    EXPECT_EQ(where, thread) << kind;
    if (std::ranges::find(kinds, kind) == kinds.end()) kinds.push_back(kind);
  }
  EXPECT_EQ(kinds.size(), 9u) << "a kind of callback was not called";
}

CASE("CORE-RUN-03", CallbacksComeOnTheThreadOfRun,
     "all callbacks are executed inside run(), on the thread that called it",
     "run_thread_call_at_once") {
  Places places;
  register_every_kind(t.reactor(), places);
  t.reactor().run();
  expect_all_in(places, ::gettid());
}

CASE("CORE-RUN-03", AnyThreadMayRunTheReactor,
     "a reactor may be run in another thread than the one that made it, and its callbacks "
     "then come there",
     "run_thread_call_at_once") {
  Reactor& reactor = t.reactor();
  Places places;
  register_every_kind(reactor, places);
  pid_t runner = 0;
  std::exception_ptr failed;
  std::thread([&] {
    kernel::observe_this_thread();
    runner = ::gettid();
    try {
      reactor.run();
    } catch (...) {
      failed = std::current_exception();
    }
  }).join();
  if (failed) std::rethrow_exception(failed);
  expect_all_in(places, runner);
}

CASE("CORE-RUN-04", RunWaitsWithNothingRegistered,
     "with no delayed call and no descriptor, run() keeps waiting until it is stopped",
     "run_ends_when_empty") {
  Reactor& reactor = t.reactor();
  const auto post = [&reactor](Callback function) {
    std::thread([&] { reactor.call_from_thread(std::move(function)); }).join();
  };
  kernel::on_next_block([&] {
    t.log("it waits");
    post([&] {
      t.log("woken");
      kernel::on_next_block([&] {
        t.log("it waits again");
        post([&] { reactor.stop(); });
      });
    });
  });
  reactor.run();
  t.log("run returned");
  EXPECT_EQ(t.events(), (Events{"it waits", "woken", "it waits again", "run returned"}));
}

/// Counts the waits of a second in which nothing happens; `before` is called ahead of it.
void expect_quiet_second(CaseContext& t, const Callback& before) {
  kernel::use_virtual_clock();
  kernel::limit_waits(1000);
  Reactor& reactor = t.reactor();
  const auto [near, far] = socket_pair();
  const auto idle = probe(UniqueFd(::dup(near.get())));
  reactor.add_reader(idle);
  std::size_t waits = 0;
  reactor.call_when_running(before);
  reactor.call_later(1s, [&] {
    kernel::forget_waits();
    reactor.call_later(1s, [&] {
      waits = kernel::wait_count();
      reactor.stop();
    });
  });
  reactor.run();
  EXPECT_GE(waits, 1u);
  EXPECT_LE(waits, 9u);
  EXPECT_EQ(idle->reads, 0);
}

CASE("CORE-RUN-05", AnIdleSecondTakesAFewWaits,
     "an idle loop makes at most nine passes in an idle second", "run_ticks") {
  expect_quiet_second(t, [] {});
}

CASE("CORE-RUN-05", AWokenLoopBecomesIdleAgain,
     "a loop that was woken by thread calls is idle again afterwards", "run_waker_not_drained") {
  Reactor& reactor = t.reactor();
  expect_quiet_second(
      t, [&reactor] { std::thread([&reactor] { reactor.call_from_thread([] {}); }).join(); });
}

CASE("CORE-RUN-06", RunInARunIsRefused,
     "run() in any callback throws ReactorAlreadyRunning, and the loop goes on undisturbed",
     "run_in_run_ignored, run_in_run_allowed, run_refused_ends_the_outer") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  const auto refused = [&](std::string where) {
    EXPECT_THROW(reactor.run(), ReactorAlreadyRunning) << "in a " << where;
    t.log(std::move(where));
  };
  auto [near, far] = socket_pair();
  put(far, "x");
  const auto descriptor = probe(std::move(near));
  descriptor->on_read = [&](Probe& self) {
    refused("do_read");
    reactor.add_writer(descriptor);
    return self.read_some();
  };
  descriptor->on_write = [&](Probe&) {
    refused("do_write");
    return Progress::lost(Failure::of(ConnectionDone()));
  };
  descriptor->on_lost = [&](Probe&, const Failure&) {
    refused("connection_lost");
    reactor.call_from_thread([&] {
      refused("thread call");
      reactor.call_later(1s, [&] {
        refused("delayed call");
        reactor.stop();
        refused("delayed call after stop");
      });
    });
  };
  reactor.add_system_event_trigger(Phase::kAfter, "startup", [&] {
    refused("startup trigger");
    reactor.add_reader(descriptor);
  });
  reactor.add_system_event_trigger(Phase::kDuring, "shutdown",
                                   [&] { refused("shutdown trigger"); });
  reactor.run();
  EXPECT_EQ(t.events(),
            (Events{"startup trigger", "do_read", "do_write", "connection_lost", "thread call",
                    "delayed call", "delayed call after stop", "shutdown trigger"}));
  EXPECT_FALSE(reactor.running());
}

CASE("CORE-RUN-07", RunInABeforeStartupTriggerIsRefused,
     "run() in a before-startup trigger throws ReactorAlreadyRunning, and startup goes on",
     "run_in_run_ignored") {
  Reactor& reactor = t.reactor();
  reactor.add_system_event_trigger(Phase::kBefore, "startup", [&] {
    EXPECT_FALSE(reactor.running());
    EXPECT_THROW(reactor.run(), ReactorAlreadyRunning);
    t.log("before startup");
  });
  reactor.add_system_event_trigger(Phase::kAfter, "startup", [&] { t.log("after startup"); });
  reactor.call_later(0s, [&] {
    t.log("delayed call");
    reactor.stop();
  });
  reactor.run();
  EXPECT_EQ(t.events(), (Events{"before startup", "after startup", "delayed call"}));
}

CASE("CORE-RUN-09", ACrashedReactorRunsAgain,
     "crash() ends a run without shutdown, and the next run() has its full startup and shutdown",
     "run_crash_uses_up") {
  Reactor& reactor = t.reactor();
  reactor.add_system_event_trigger(Phase::kAfter, "shutdown", [&] { t.log("shutdown"); });
  reactor.call_later(0s, [&] { reactor.crash(); });
  reactor.run();
  t.log("crashed");

  reactor.add_system_event_trigger(Phase::kAfter, "startup", [&] { t.log("startup"); });
  reactor.call_later(0s, [&] {
    EXPECT_TRUE(reactor.running());
    t.log("delayed call");
    reactor.stop();
  });
  EXPECT_NO_THROW(reactor.run());
  t.log("stopped");
  EXPECT_EQ(t.events(), (Events{"crashed", "startup", "delayed call", "shutdown", "stopped"}));
}

}  // namespace
}  // namespace loopmark::conformance
