// SPDX-License-Identifier: MIT
#include "reactors/native/native_loop.h"

#include <algorithm>

namespace loopmark {

NativeLoop::NativeLoop(LoopClient& client, std::unique_ptr<EventProvider> provider)
    : client_(client), provider_(std::move(provider)) {
  watch(waker_.fd(), Interest::kRead);
}

void NativeLoop::pass(Duration at_most) {
  struct InPass {
    explicit InPass(std::atomic<std::thread::id>& thread) : thread_(thread) {
      thread_.store(std::this_thread::get_id(), std::memory_order_relaxed);
    }
    ~InPass() { thread_.store({}, std::memory_order_relaxed); }
    std::atomic<std::thread::id>& thread_;
  } const in_pass(pass_thread_);

  const Duration left = serve_timers();
  collect_changes();
  events_.clear();
  waited_generation_ = last_generation_;
  const Duration timeout = woken_ ? Duration::zero() : std::min(at_most, left);
  provider_->apply_and_wait(changes_, timeout, events_);
  woken_ = false;
  dispatch();
}

/// Returns how long it is to the next deadline then.
Duration NativeLoop::serve_timers() {
  if (timers_.next_deadline() == TimePoint::max()) return kNever;  // and no need to read the clock
  TimePoint now = this->now();
  timers_.take_due(now);
  bool served = false;
  for (TimerSlot slot; timers_.next_in_batch(slot); served = true) client_.due(slot);
  const TimePoint next = timers_.next_deadline();
  if (next == TimePoint::max()) return kNever;
  if (served) now = this->now();
  return std::max(next - now, Duration::zero());
}

void NativeLoop::watch(int fd, Interest interest) {
  if (!provider_->can_watch(fd))
    throw_errno("the descriptor's number is beyond this mechanism", EINVAL);
  const auto number = static_cast<std::size_t>(fd);
  if (number >= slots_.size()) slots_.resize(number + 1);
  Slot& slot = slots_[number];
  note_change(fd, slot);
  if (slot.want == Interest::kNone) slot.generation = ++last_generation_;
  slot.want = interest;
}

void NativeLoop::unwatch(int fd) noexcept {
  Slot& slot = slots_[static_cast<std::size_t>(fd)];
  note_change(fd, slot);
  slot.generation = ++last_generation_;
  slot.want = Interest::kNone;
  slot.anew = true;
}

void NativeLoop::note_change(int fd, Slot& slot) {
  if (slot.changed) return;
  changed_.push_back(fd);
  slot.changed = true;
}

void NativeLoop::collect_changes() {
  changes_.clear();
  for (const int fd : changed_) {
    Slot& slot = slots_[static_cast<std::size_t>(fd)];
    if (slot.want != slot.have || (slot.anew && slot.have != Interest::kNone)) {
      changes_.push_back({fd, slot.generation, slot.have, slot.want, slot.anew});
    }
    slot.have = slot.want;
    slot.changed = false;
    slot.anew = false;
  }
  changed_.clear();
}

void NativeLoop::dispatch() {
  bool kernel_holds_stale = false;
  for (const ProviderEvent& event : events_) {
    const auto number = static_cast<std::size_t>(event.fd);
    if (event.generation != slots_[number].generation) {
      // Ended by a callback of this batch, or, if it had ended before the wait, still held by the kernel.
      if (slots_[number].generation <= waited_generation_) kernel_holds_stale = true;
    } else if (event.fd == waker_.fd()) {
      waker_.drain();
    } else if (event.error != 0) {
      slots_[number].have = Interest::kNone;
      client_.refused(event.fd, event.error);
    } else {
      client_.ready(event.fd, event.ready);
    }
  }
  if (kernel_holds_stale && provider_->forget_all()) apply_all_again();
}

void NativeLoop::apply_all_again() {
  for (std::size_t number = 0; number < slots_.size(); ++number) {
    Slot& slot = slots_[number];
    slot.have = Interest::kNone;
    if (slot.want != Interest::kNone) note_change(static_cast<int>(number), slot);
  }
}

void NativeLoop::wake() noexcept {
  if (pass_thread_.load(std::memory_order_relaxed) == std::this_thread::get_id()) {
    woken_ = true;  // we are in a callback: the wait that follows is told without a system call
  } else {
    waker_.wake();
  }
}

}  // namespace loopmark
