// SPDX-License-Identifier: MIT
//
// Section 7, Threads: floods of calls, and the descriptor that wakes the loop.
#include <fcntl.h>

#include <exception>
#include <filesystem>
#include <future>
#include <map>
#include <thread>

#include "conformance/case.h"
#include "conformance/kernel.h"

namespace loopmark::conformance {
namespace {

CASE("THR-FROM-07", NoCallOfAFloodIsLost,
     "all of a hundred thousand calls during one callback are made, and every caller returns",
     "thr_queue_bounded") {
  constexpr int kThreads = 4;
  constexpr int kCalls = 25'000;
  Reactor& reactor = t.reactor();
  int made = 0;
  int turns = 0;
  // Turn by turn, so that a lost call ends in a failure.
  std::function<void()> look = [&] {
    if (made == kThreads * kCalls || ++turns == 100) return reactor.stop();
    reactor.call_later(0ms, look);
  };
  reactor.call_later(0ms, [&] {
    std::vector<std::jthread> callers;
    for (int i = 0; i < kThreads; ++i) {
      callers.emplace_back([&] {
        for (int call = 0; call < kCalls; ++call) reactor.call_from_thread([&] { ++made; });
      });
    }
    for (std::jthread& caller : callers) caller.join();
    look();
  });
  reactor.run();
  EXPECT_EQ(made, kThreads * kCalls);
}

/// What is open, by number: the kernel's names of the files.
std::map<int, std::string> open_files() {
  std::map<int, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;  // the iterator's own is among them
    const std::string name = std::filesystem::read_symlink(entry.path(), gone);
    if (!gone) files[std::stoi(entry.path().filename())] = name;
  }
  return files;
}

/// Whether threads can write to it to wake a loop.
bool can_wake(const std::string& name) {
  return name.find("[eventfd") != std::string::npos || name.starts_with("pipe:") ||
         name.starts_with("socket:");
}

CASE("THR-FROM-12", WakerIsNotInheritedAndDoesNotBlock,
     "the reactor's descriptors are close-on-exec, and the one that wakes it never blocks a caller",
     "thr_waker_inherited, thr_waker_blocks") {
  t.destroy_reactor();
  const std::map<int, std::string> before = open_files();
  t.run_window();  // of a new one
  int wakers = 0;
  for (const auto& [fd, name] : open_files()) {
    const auto same = before.find(fd);
    if (same != before.end() && same->second == name) continue;
    const int flags = ::fcntl(fd, F_GETFD);
    if (flags < 0) continue;  // the listing's own
    EXPECT_NE(flags & FD_CLOEXEC, 0) << fd << " is " << name;
    if (!can_wake(name)) continue;
    ++wakers;
    EXPECT_NE(::fcntl(fd, F_GETFL) & O_NONBLOCK, 0) << fd << " is " << name;
  }
  EXPECT_GE(wakers, 1);
}

CASE("THR-FROM-12", ManyWakeUpsAreOne,
     "a wake-up that nobody has taken is enough: callers return, and the loop is awake",
     "thr_wake_forgotten") {
  constexpr int kCalls = 1000;
  Reactor& reactor = t.reactor();
  int made = 0;
  kernel::on_next_block([&] {
    std::jthread([&] {
      for (int i = 0; i < kCalls; ++i) reactor.call_from_thread([&] { ++made; });
      reactor.call_from_thread([&] { reactor.stop(); });
    }).join();
  });
  reactor.run();
  EXPECT_EQ(made, kCalls);
}

CASE("THR-FROM-02", CallOfTheMakersThreadEndsTheWait,
     "a call of the thread that made the reactor ends the wait of the thread that runs it",
     "thr_reactor_thread_is_the_makers, thr_waker_belongs_to_its_maker") {
  Reactor& reactor = t.reactor();
  std::promise<void> blocks;
  std::exception_ptr failed;
  std::thread runner([&] {
    bool has_blocked = false;
    try {
      kernel::observe_this_thread();
      kernel::on_next_block([&] {
        has_blocked = true;
        blocks.set_value();
      });
      reactor.run();
    } catch (...) {
      failed = std::current_exception();
      if (!has_blocked) blocks.set_value();
    }
  });
  blocks.get_future().wait();
  const auto stop = [&] {
    if (reactor.running()) reactor.stop();
  };
  try {
    reactor.call_from_thread(stop);
  } catch (...) {
    failed = std::current_exception();
    reactor.call_from_thread(stop);  // the runner has to end all the same
  }
  runner.join();
  if (failed) std::rethrow_exception(failed);
}

}  // namespace
}  // namespace loopmark::conformance
