// SPDX-License-Identifier: MIT
#include "reactors/parts/worker_threads.h"

#include <stdexcept>

namespace loopmark {

WorkerThreads::WorkerThreads(ErrorReports& errors, std::size_t max_threads)
    : errors_(errors), max_threads_(max_threads) {}

void WorkerThreads::call_in_thread(std::function<void()> function) {
  if (!function) throw std::invalid_argument("call_in_thread: the function must not be empty");
  const std::lock_guard lock(mutex_);
  if (state_ == State::kJoining) throw std::logic_error("the thread pool is being joined");
  queue_.push_back(std::move(function));
  try {
    if (state_ == State::kStarted) grow();
  } catch (...) {
    // What it holds dies without the mutex, for that may call us.
    function = std::move(queue_.back());
    queue_.pop_back();
    throw;
  }
}

void WorkerThreads::set_max_threads(std::size_t count) {
  if (count == 0) throw std::invalid_argument("a thread pool needs at least one thread");
  const std::lock_guard lock(mutex_);
  max_threads_ = count;
  changed_.notify_all();  // those above a lower bound end
  if (state_ == State::kStarted) {
    for (std::size_t work = queue_.size(); work > 0; --work) grow();
  }
}

std::size_t WorkerThreads::max_threads() const {
  const std::lock_guard lock(mutex_);
  return max_threads_;
}

bool WorkerThreads::started() const {
  const std::lock_guard lock(mutex_);
  return state_ == State::kStarted;
}

void WorkerThreads::start() {
  std::unique_lock lock(mutex_);
  if (state_ != State::kWaiting) return;
  state_ = State::kStarted;
  Failure failed;
  try {
    for (std::size_t work = queue_.size(); work > 0; --work) grow();
  } catch (...) {  // no thread is to be had: what is queued is done when there is one
    failed = Failure::current();
  }
  lock.unlock();
  if (failed) errors_.report(failed, "starting the thread pool");
}

void WorkerThreads::grow() {
  if (idle_ >= queue_.size() || serving_ >= max_threads_) {
    changed_.notify_one();
    return;
  }
  try {
    threads_.emplace_back([this] { serve(); });
  } catch (...) {
    if (serving_ == 0) throw;
    return;  // those that there are do it, later
  }
  ++serving_;
  ++idle_;  // counted from here, so that the next piece of work sees this thread coming
}

void WorkerThreads::serve() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] {
      return !queue_.empty() || state_ == State::kJoining || serving_ > max_threads_;
    });
    --idle_;
    if (queue_.empty() || serving_ > max_threads_) break;
    std::function<void()> function = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    errors_.guard("call_in_thread", function);
    function = nullptr;
    lock.lock();
    ++idle_;
  }
  --serving_;
  if (!queue_.empty())
    changed_.notify_one();  // the wake-up that ended us may have been for this work
}

void WorkerThreads::join() {
  std::vector<std::thread> threads;
  bool nobody_serves = false;
  {
    const std::lock_guard lock(mutex_);
    nobody_serves = state_ == State::kWaiting || serving_ == 0;
    state_ = State::kJoining;
    threads.swap(threads_);
    changed_.notify_all();
  }
  if (nobody_serves) queue_.clear();  // without the mutex, for what it holds may call us as it dies
  for (std::thread& thread : threads) thread.join();
}

}  // namespace loopmark
