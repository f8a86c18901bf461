// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>

namespace loopmark {

/// Runs functions off the reactor's thread, in at most max_threads() threads, which it starts as they are needed.
/// All functions may be called from any thread.
class ThreadPool {
 public:
  virtual ~ThreadPool() = default;

  /// Queues `function`; it runs as soon as the pool is started and a thread is free. An exception that leaves it is
  /// reported, and the thread goes on. Throws std::logic_error when the pool is being joined.
  virtual void call_in_thread(std::function<void()> function) = 0;

  /// Sets the bound on threads (at least 1; std::invalid_argument). Threads above it end when their work is done.
  virtual void set_max_threads(std::size_t count) = 0;
  virtual std::size_t max_threads() const = 0;

  /// Whether the pool runs work: from the start of a run, or at once when it was first used in one.
  virtual bool started() const = 0;
};

}  // namespace loopmark
