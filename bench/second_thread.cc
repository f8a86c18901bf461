// SPDX-License-Identifier: MIT
#include "bench/second_thread.h"

#include <sched.h>

#include <string>
#include <utility>

#include "bench/thread_usage.h"
#include "bench/workload.h"

namespace loopmark::bench {

void pin_this_thread(int cpu) {
  if (cpu < 0) return;
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(static_cast<std::size_t>(cpu), &cpus);
  if (::sched_setaffinity(0, sizeof cpus, &cpus) != 0) {
    throw Refused("cannot be pinned to CPU " + std::to_string(cpu));
  }
}

SecondThread::SecondThread(int cpu)
    : thread_([this, cpu] {
        pin_this_thread(cpu);
        serve();
      }) {}

SecondThread::~SecondThread() {
  wait();
  state_ = State::kLeaves;
  state_.notify_one();
  thread_.join();
}

void SecondThread::begin(std::function<void()> work) {
  work_ = std::move(work);
  state_ = State::kGiven;
  state_.notify_one();
  // Not by wait(): to be woken takes as long as what is not to be measured.
  while (state_ == State::kGiven) std::this_thread::yield();
}

void SecondThread::wait() {
  for (State state = state_; state != State::kAsleep; state = state_) state_.wait(state);
}

void SecondThread::serve() {
  while (true) {
    state_.wait(State::kAsleep);
    if (state_ == State::kLeaves) return;
    state_ = State::kAtWork;
    const std::int64_t before = thread_cpu_time();
    work_();
    cpu_used_ = thread_cpu_time() - before;
    state_ = State::kAsleep;
    state_.notify_one();
  }
}

}  // namespace loopmark::bench
