// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <mutex>
#include <vector>

#include "reactors/parts/error_reports.h"
#include "reactors/reactor.h"

namespace loopmark {

/// The queue between other threads and the reactor's: what call_from_thread() was given, in order.
class ThreadCalls {
 public:
  explicit ThreadCalls(ErrorReports& errors) : errors_(errors) {}

  /// Any thread. Returns whether the reactor has to be woken: the queue was empty, so no earlier call has done it.
  bool add(Callback function);

  /// Whether calls are queued. Any thread.
  bool pending() const { return pending_.load(std::memory_order_acquire); }

  /// Runs what is queued now; calls that these make are left for the next time (THR-FROM-05). Reactor thread.
  void run_batch() {
    if (pending()) take_and_run();
  }

  /// Lets go of what is queued, and of what is queued by that. Reactor thread.
  void drop();

 private:
  void take_and_run();

  ErrorReports& errors_;
  std::mutex mutex_;
  std::vector<Callback> queue_;
  std::atomic<bool> pending_{
      false};                    // queue_ is not empty: asked twice a pass, so without the mutex
  std::vector<Callback> batch_;  // keeps its memory from one batch to the next
};

}  // namespace loopmark
