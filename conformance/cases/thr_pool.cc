// SPDX-License-Identifier: MIT
//
// Section 7, Threads: the thread pool.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <latch>
#include <set>
#include <string>
#include <thread>

#include "conformance/case.h"
#include "conformance/probe.h"
#include "reactors/install.h"

namespace loopmark::conformance {
namespace {

/// The threads of the process that were not there when this was made.
class NewThreads {
 public:
  /// A sanitizer starts a thread of its own with the first: so there has been one.
  NewThreads() {
    std::thread([] {}).join();
    before_ = all();
  }

  std::size_t count() const {
    const std::set<std::string> now = all();
    return static_cast<std::size_t>(std::count_if(
        now.begin(), now.end(), [this](const std::string& id) { return !before_.contains(id); }));
  }

  /// One that was joined is listed for a moment yet, so it looks more than once.
  bool gone() const {
    for (int looks = 0; looks < 10'000; ++looks) {
      if (count() == 0) return true;
      std::this_thread::yield();
    }
    return false;
  }

 private:
  static std::set<std::string> all() {
    std::set<std::string> ids;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
      ids.insert(task.path().filename());
    }
    return ids;
  }

  std::set<std::string> before_;
};

CASE("THR-IN-01", WorkRunsOffTheReactorsThread,
     "call_in_thread() runs its function off the reactor's thread", "thr_work_runs_here") {
  Reactor& reactor = t.reactor();
  std::atomic<std::thread::id> ran_in{};
  reactor.call_later(0ms, [&] {
    reactor.call_in_thread([&] {
      ran_in = std::this_thread::get_id();
      reactor.call_from_thread([&] { reactor.stop(); });
    });
  });
  reactor.run();
  EXPECT_NE(ran_in.load(), std::thread::id());
  EXPECT_NE(ran_in.load(), std::this_thread::get_id());
}

CASE("THR-IN-02", WorkGivenBeforeTheRunWaitsForIt,
     "no worker touches a function given before run() until the loop has started",
     "thr_pool_starts_at_once") {
  Reactor& reactor = t.reactor();
  const NewThreads threads;
  std::atomic<bool> starting = false;
  bool began_in_time = false;
  reactor.add_system_event_trigger(Phase::kBefore, "startup", [&] { starting = true; });
  reactor.call_in_thread([&] {
    const bool in_time = starting;
    reactor.call_from_thread([&, in_time] {
      began_in_time = in_time;
      reactor.stop();
    });
  });
  EXPECT_EQ(threads.count(), 0u) << "nobody is there who could run it";
  EXPECT_FALSE(reactor.thread_pool()->started());
  reactor.run();
  EXPECT_TRUE(began_in_time);
}

CASE("THR-IN-03", WorkerSurvivesWhatItsFunctionThrows,
     "what a pool's function throws is reported, and the worker goes on with the next",
     "thr_worker_dies_of_throw") {
  Reactor& reactor = t.reactor();
  reactor.suggest_thread_pool_size(1);
  const auto ran = std::make_shared<std::atomic<int>>(0);  // work may outlive a case that throws
  reactor.call_in_thread([] { throw std::runtime_error("thrown by work"); });
  reactor.call_in_thread([ran] { ++*ran; });
  reactor.call_in_thread([ran] { ++*ran; });
  reactor.call_later(0ms, [&] { reactor.stop(); });  // the work is waited for
  reactor.run();
  EXPECT_EQ(*ran, 2);
  const std::vector<ErrorReport> errors = t.take_errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].failure.message(), "thrown by work");
}

/// Work that blocks in the pool until the gate is opened, and tells when `wanted` functions are in at once.
struct Crowd {
  explicit Crowd(Reactor& of) : reactor(of) {}

  void fill(int count) {
    for (int i = 0; i < count; ++i) {
      reactor.call_in_thread([this] {
        if (++inside == wanted) reactor.call_from_thread(when_wanted);
        gate.wait();
        ++done;
      });
    }
  }

  /// At least `wanted` are in; expects that it is not more, nor can be.
  void expect_wanted() const {
    EXPECT_EQ(inside, wanted);
    EXPECT_LE(threads.count(), static_cast<std::size_t>(wanted));
  }

  Reactor& reactor;
  NewThreads threads;
  std::atomic<int> wanted = 0;
  std::atomic<int> inside = 0;
  std::atomic<int> done = 0;
  std::latch gate{1};
  Callback when_wanted;
};

CASE("THR-IN-04", TenFunctionsRunAtOnceAndNoMore,
     "ten functions of the pool run at once unless told otherwise, and further work queues",
     "thr_pool_unbounded, thr_pool_grows_once") {
  Crowd crowd(t.reactor());
  crowd.wanted = 10;
  crowd.when_wanted = [&] {
    crowd.expect_wanted();
    crowd.gate.count_down();
    t.reactor().stop();
  };
  t.reactor().call_later(0ms, [&] { crowd.fill(20); });
  t.reactor().run();
  EXPECT_EQ(crowd.done, 20);
}

CASE("THR-IN-04", WorkOneByOneTakesNoMoreThreads,
     "work that comes piece by piece is done by no more threads in all than may run at once",
     "thr_idle_worker_leaves") {
  Reactor& reactor = t.reactor();
  std::set<std::thread::id> threads;
  int pieces = 0;
  Callback work = [&] {
    reactor.call_from_thread([&, here = std::this_thread::get_id()] {
      threads.insert(here);
      if (++pieces == 30) return reactor.stop();
      reactor.call_later(1ms, [&] { reactor.call_in_thread(work); });  // when its thread is idle
    });
  };
  reactor.call_in_thread(work);
  reactor.run();
  EXPECT_LE(threads.size(), 10u);
}

CASE("THR-IN-05", SizeOfThePoolCanBeChosen,
     "suggest_thread_pool_size() sets the bound, before a run and in it", "thr_pool_size_ignored") {
  Reactor& reactor = t.reactor();
  Crowd crowd(reactor);
  reactor.suggest_thread_pool_size(3);
  crowd.wanted = 3;
  crowd.when_wanted = [&] {
    crowd.expect_wanted();
    const auto end = [&] {
      crowd.expect_wanted();
      crowd.gate.count_down();
      reactor.stop();
    };
    crowd.when_wanted = end;
    crowd.wanted = 5;
    reactor.suggest_thread_pool_size(5);
    if (reactor.thread_pool()->max_threads() == 5) return;
    ADD_FAILURE() << "the pool did not hear of its new size";
    crowd.wanted = 3;
    end();
  };
  crowd.fill(20);
  reactor.run();
  EXPECT_EQ(crowd.done, 20);
  EXPECT_THROW(reactor.suggest_thread_pool_size(0), std::invalid_argument);
}

CASE("THR-POOL-01", PoolLivesFromTheRunToItsEnd,
     "the pool's threads start with the run, not before, and are joined before run() returns",
     "thr_pool_not_awaited, thr_pool_starts_at_once") {
  Reactor& reactor = t.reactor();
  const NewThreads threads;
  std::size_t threads_in_run = 0;
  reactor.call_in_thread([&] {
    const std::size_t now = threads.count();
    reactor.call_from_thread([&, now] {
      threads_in_run = now;
      reactor.stop();
    });
  });
  EXPECT_EQ(threads.count(), 0u);
  reactor.run();
  EXPECT_GE(threads_in_run, 1u);
  EXPECT_TRUE(threads.gone()) << "threads are left after the run";
}

CASE("THR-POOL-02", ShutdownWaitsForWorkInFlight,
     "work in flight, and what is queued behind it, ends before run() returns",
     "thr_pool_not_awaited, thr_pool_drops_its_queue") {
  Reactor& reactor = t.reactor();
  reactor.suggest_thread_pool_size(1);
  const auto done = std::make_shared<std::atomic<int>>(0);  // work may outlive a case that fails
  reactor.call_in_thread([&reactor, done, pool = reactor.thread_pool()] {
    reactor.call_from_thread([&reactor] { reactor.stop(); });
    while (pool->started()) std::this_thread::yield();  // until it is being joined
    ++*done;
  });
  reactor.call_in_thread([done] { ++*done; });
  reactor.run();
  EXPECT_EQ(*done, 2);
}

CASE("THR-POOL-02", WorkInFlightMayGiveMoreWork,
     "work in flight at the shutdown may use the reactor's thread functions, and is waited for",
     "thr_joined_under_lock") {
  Reactor& reactor = t.reactor();
  const auto done = std::make_shared<std::atomic<bool>>(false);  // as above
  reactor.call_in_thread([&reactor, done] {
    reactor.call_from_thread([&reactor] { reactor.stop(); });
    // The pool is dropped before it is joined; whoever asks then is given another, for the next run.
    while (reactor.thread_pool()->started()) std::this_thread::yield();
    reactor.call_in_thread([] {});
    reactor.call_from_thread([] {});
    *done = true;
  });
  reactor.run();
  EXPECT_TRUE(*done);
}

CASE("THR-POOL-03", FirstUseInARunStartsThePool,
     "the first call_in_thread() may come in a run: it is run there, and joined at the shutdown",
     "thr_pool_not_started_in_run") {
  Reactor& reactor = t.reactor();
  const NewThreads threads;
  std::atomic<bool> ran = false;
  reactor.call_later(0ms, [&] {
    reactor.call_in_thread([&] { ran = true; });
    EXPECT_TRUE(reactor.thread_pool()->started());
    reactor.stop();
  });
  reactor.run();
  EXPECT_TRUE(ran);
  EXPECT_TRUE(threads.gone()) << "threads are left after the run";
}

CASE("THR-POOL-04", NothingIsLeftOfThePoolAfterTheRun,
     "after shutdown neither pool nor threads nor what its functions captured are there, and the "
     "next run has its own",
     "thr_pool_kept") {
  Reactor& reactor = t.reactor();
  const NewThreads threads;
  for (int round = 0; round < 2; ++round) {
    auto captured = std::make_shared<int>(0);
    const std::weak_ptr<int> left = captured;
    reactor.call_in_thread(
        [&reactor, captured] { reactor.call_from_thread([&reactor] { reactor.stop(); }); });
    captured.reset();
    const std::weak_ptr<ThreadPool> pool = reactor.thread_pool();
    EXPECT_FALSE(left.expired());
    reactor.run();
    EXPECT_TRUE(left.expired());
    ASSERT_TRUE(pool.expired());
    EXPECT_TRUE(threads.gone());
  }
}

CASE("THR-POOL-04", JoinedPoolTakesNoWork,
     "who holds the pool of a run that is over, and gives it work, is refused",
     "thr_joined_pool_takes_work") {
  Reactor& reactor = t.reactor();
  const std::shared_ptr<ThreadPool> pool = reactor.thread_pool();
  reactor.call_later(0ms, [&] { reactor.stop(); });
  reactor.run();
  EXPECT_THROW(pool->call_in_thread([] {}), std::logic_error);
}

CASE("THR-POOL-05", ShutdownWithoutARunTakesThePoolDown,
     "the shutdown event destroys the pool and its queue even on a reactor that never ran",
     "thr_pool_outlives_shutdown") {
  Reactor& reactor = t.reactor();
  auto captured = std::make_shared<std::atomic<bool>>(false);
  const std::weak_ptr<std::atomic<bool>> left = captured;
  reactor.call_in_thread([captured] { *captured = true; });
  const std::weak_ptr<ThreadPool> pool = reactor.thread_pool();
  reactor.fire_system_event("shutdown");
  EXPECT_TRUE(pool.expired());
  EXPECT_FALSE(*captured) << "no run, no work";
  captured.reset();
  EXPECT_TRUE(left.expired());
}

CASE("THR-POOL-06", UnstartedPoolDoesNotHoldTheProcess,
     "a process exits normally with work queued for a pool that no run ever started",
     "thr_unstarted_pool_is_awaited") {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    install(t.backend().make()).call_in_thread([] { std::abort(); });
    std::exit(0);  // destroys the installed reactor
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

CASE("THR-ID-01", ReactorKnowsItsThread,
     "in_reactor_thread() is true in the reactor's callbacks, and false in workers and outside of "
     "runs",
     "thr_every_thread_is_the_reactors") {
  Reactor& reactor = t.reactor();
  std::vector<bool> in_callbacks;
  const auto note = [&] { in_callbacks.push_back(reactor.in_reactor_thread()); };
  std::atomic<bool> in_worker = true;
  std::atomic<bool> in_other_thread = true;
  auto [near, far] = socket_pair();
  const auto reader = probe(std::move(near));
  reader->on_read = [&](Probe& self) {
    note();
    return self.read_some();
  };
  reactor.add_reader(reader);
  put(far, "x");
  reactor.add_system_event_trigger(Phase::kBefore, "startup", note);
  reactor.add_system_event_trigger(Phase::kAfter, "shutdown", note);
  reactor.call_when_running(note);
  reactor.call_from_thread(note);
  reactor.call_later(0ms, [&] {
    note();
    std::thread([&] { in_other_thread = reactor.in_reactor_thread(); }).join();
    reactor.call_in_thread([&] { in_worker = reactor.in_reactor_thread(); });
  });
  EXPECT_FALSE(reactor.in_reactor_thread());
  t.run_window();
  EXPECT_FALSE(reactor.in_reactor_thread());
  EXPECT_EQ(in_callbacks, std::vector<bool>(6, true));
  EXPECT_FALSE(in_other_thread);
  EXPECT_FALSE(in_worker);
}

}  // namespace
}  // namespace loopmark::conformance
