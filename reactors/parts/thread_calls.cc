// SPDX-License-Identifier: MIT
#include "reactors/parts/thread_calls.h"

namespace loopmark {

bool ThreadCalls::add(Callback function) {
  if (!function) throw std::invalid_argument("call_from_thread: the function must not be empty");
  const std::lock_guard lock(mutex_);
  queue_.push_back(std::move(function));
  pending_.store(true, std::memory_order_release);
  // The queue itself is the wake-up flag: it becomes empty in the same critical section in which the batch is taken, so
  // a call that comes during the batch finds it empty and wakes anew. A flag of its own, cleared after the batch, would
  // lose that wake-up.
  return queue_.size() == 1;
}

void ThreadCalls::take_and_run() {
  {
    const std::lock_guard lock(mutex_);
    batch_.swap(queue_);
    pending_.store(false, std::memory_order_release);
  }
  for (Callback& function : batch_) {
    errors_.guard("call_from_thread", function);
    function = nullptr;  // what it holds is released before the next one runs
  }
  batch_.clear();
}

void ThreadCalls::drop() {
  for (std::vector<Callback> dropped; pending(); dropped.clear()) {
    const std::lock_guard lock(mutex_);
    dropped.swap(queue_);
    pending_.store(false, std::memory_order_release);
  }
}

}  // namespace loopmark
