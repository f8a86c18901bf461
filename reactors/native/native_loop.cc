// SPDX-License-Identifier: MIT
#include "reactors/native/native_loop.h"

#include <algorithm>
#include <utility>

namespace loopmark {

NativeLoop::NativeLoop(LoopClient& client, std::unique_ptr<EventProvider> provider)
    : client_(client), provider_(std::move(provider)) {
  watch(waker_.fd(), Interest::kRead);
}

void NativeLoop::pass(Duration at_most) {
  if (timers_.empty() && changed_.empty() && !kernel_holds_stale_) {
    provider_->apply_and_wait({}, at_most, *this);  // nearly always
  } else {
    serve_and_wait(at_most);
  }
}

void NativeLoop::serve_and_wait(Duration at_most) {
  if (!timers_.empty()) at_most = std::min(at_most, serve_timers());
  if (kernel_holds_stale_) apply_all_again();
  collect_changes();
  try {
    provider_->apply_and_wait(changes_, at_most, *this);
  } catch (...) {
    kernel_holds_stale_ |= !changes_.empty();  // perhaps they were not applied, or some of them
    throw;
  }
  if (waker_error_ != 0) throw_errno("the loop cannot be woken", std::exchange(waker_error_, 0));
}

/// Returns how long the pass may wait then.
Duration NativeLoop::serve_timers() {
  TimePoint now = this->now();
  timers_.take_due(now);
  bool served = false;
  for (TimerSlot slot; timers_.next_in_batch(slot); served = true) client_.due(slot);
  if (served && !client_.may_wait()) return Duration::zero();
  const TimePoint next = timers_.next_deadline();
  if (next == TimePoint::max()) return kNever;
  if (served) now = this->now();
  return std::max(next - now, Duration::zero());
}

void NativeLoop::watch(int fd, Interest interest) {
  if (!provider_->can_watch(fd))
    throw_errno("the descriptor's number is beyond this mechanism", EINVAL);
  const auto number = static_cast<std::size_t>(fd);
  if (number >= slots_.size()) make_room(number);
  Slot& slot = slots_[number];
  note_change(fd, slot);
  if (slot.want == Interest::kNone) slot.generation = ++last_generation_;
  slot.want = interest;
}

void NativeLoop::unwatch(int fd) noexcept {
  Slot& slot = this->slot(fd);
  note_change(fd, slot);
  slot.generation = ++last_generation_;
  slot.want = Interest::kNone;
  slot.anew = true;
}

/// Also for all that may have to be noted of these numbers: that cannot fail any more.
void NativeLoop::make_room(std::size_t number) {
  if (number >= slots_.capacity()) {
    const std::size_t room = std::max(number + 1, 2 * slots_.capacity());
    changed_.reserve(room);
    changes_.reserve(room);
    slots_.reserve(room);  // the last, for its capacity says that there is room in all
  }
  slots_.resize(number + 1);
}

void NativeLoop::note_change(int fd, Slot& slot) {
  if (slot.changed) return;
  changed_.push_back(fd);
  slot.changed = true;
}

void NativeLoop::collect_changes() {
  changes_.clear();
  for (const int fd : changed_) {
    Slot& slot = this->slot(fd);
    if (slot.want != slot.have || (slot.anew && slot.have != Interest::kNone)) {
      changes_.push_back({fd, slot.generation, slot.have, slot.want, slot.anew});
    }
    slot.have = slot.want;
    slot.changed = false;
    slot.anew = false;
  }
  changed_.clear();
}

void NativeLoop::ready(int fd, Ready what, std::uint32_t generation) noexcept {
  const Slot& slot = this->slot(fd);
  if (generation != slot.generation) return note_stale(slot);
  if (fd == waker_.fd()) return waker_.drain();
  client_.ready(fd, what);
}

void NativeLoop::refused(int fd, int error, std::uint32_t generation) noexcept {
  Slot& slot = this->slot(fd);
  if (generation != slot.generation) return;
  slot.have = Interest::kNone;
  if (fd != waker_.fd()) return client_.refused(fd, error);
  waker_error_ = error;
  note_change(fd, slot);  // it is tried again
}

/// The registration was ended by a callback of this batch, or, if before, is still held by the kernel.
void NativeLoop::note_stale(const Slot& slot) {
  if (!slot.anew) kernel_holds_stale_ = true;
}

void NativeLoop::apply_all_again() {
  const bool forgotten = provider_->forget_all();
  kernel_holds_stale_ = false;
  if (!forgotten) return;
  for (std::size_t number = 0; number < slots_.size(); ++number) {
    Slot& slot = slots_[number];
    slot.have = Interest::kNone;
    if (slot.want != Interest::kNone) note_change(static_cast<int>(number), slot);
  }
}

}  // namespace loopmark
