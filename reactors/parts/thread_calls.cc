// SPDX-License-Identifier: MIT
#include "reactors/parts/thread_calls.h"

namespace loopmark {

bool ThreadCalls::add(Callback function) {
  if (!function) throw std::invalid_argument("call_from_thread: the function must not be empty");
  const std::lock_guard lock(mutex_);
  queue_.push_back(std::move(function));
  // The queue itself is the wake-up flag: it becomes empty in the same critical section in which the batch is taken, so
  // a call that comes during the batch finds it empty and wakes anew. A flag of its own, cleared after the batch, would
  // lose that wake-up.
  return queue_.size() == 1;
}

bool ThreadCalls::pending() const {
  const std::lock_guard lock(mutex_);
  return !queue_.empty();
}

void ThreadCalls::run_batch() {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.empty()) return;
    batch_.swap(queue_);
  }
  for (Callback& function : batch_) {
    errors_.guard("call_from_thread", function);
    function = nullptr;  // what it holds is released before the next one runs
  }
  batch_.clear();
}

}  // namespace loopmark
