// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "reactors/parts/error_reports.h"
#include "reactors/thread_pool.h"

namespace loopmark {

/// The thread pool of a reactor. Threads are made as work comes in, up to the bound, and kept until join().
class WorkerThreads final : public ThreadPool {
 public:
  WorkerThreads(ErrorReports& errors, std::size_t max_threads);
  ~WorkerThreads() override { join(); }

  void call_in_thread(std::function<void()> function) override;
  void set_max_threads(std::size_t count) override;
  std::size_t max_threads() const override;
  bool started() const override;

  /// Begins to run what is queued, and what comes.
  void start();

  /// Waits for the work that was queued, where the pool has a thread (else drops it), and ends the threads. Work that is
  /// given after this is refused. Not in a pool thread.
  void join();

 private:
  enum class State { kWaiting, kStarted, kJoining };

  void grow();  // with mutex_ held: one thread more, if there is work for it and the bound allows
  void serve();

  ErrorReports& errors_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  State state_ = State::kWaiting;
  std::size_t max_threads_;
  std::size_t serving_ = 0;  // threads that have not ended
  std::size_t idle_ = 0;     // of those, the ones that wait for work
  std::deque<std::function<void()>> queue_;
  std::vector<std::thread> threads_;
};

}  // namespace loopmark
