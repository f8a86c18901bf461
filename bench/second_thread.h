// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>

namespace loopmark::bench {

/// A thread beside the one that measures, for the other end of the connections. It sleeps while it
/// has nothing to do. All functions are called by its owner.
class SecondThread {
 public:
  /// It stays on `cpu`, which must be one that can be had, or the process ends; -1: where the thread
  /// that makes it runs.
  explicit SecondThread(int cpu);
  /// Waits for the work, which must come to an end by then.
  ~SecondThread();

  /// Gives it `work`, which may not throw, and returns when it is awake and begins with it: so the
  /// time it takes to wake is not measured. It must have nothing else to do.
  void begin(std::function<void()> work);

  /// Waits until the work is done.
  void wait();

  /// Nanoseconds of its processor that the last work has used; it must be done.
  std::int64_t cpu_used() const { return cpu_used_; }

 private:
  enum class State { kAsleep, kGiven, kAtWork, kLeaves };

  void serve();

  std::atomic<State> state_ = State::kAsleep;
  std::function<void()> work_;
  std::int64_t cpu_used_ = 0;
  std::thread thread_;
};

/// Keeps this thread on `cpu`; -1 leaves it where it is. Throws Refused.
void pin_this_thread(int cpu);

}  // namespace loopmark::bench
