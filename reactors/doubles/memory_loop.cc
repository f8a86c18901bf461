// SPDX-License-Identifier: MIT
#include "reactors/doubles/memory_loop.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace loopmark {

TimePoint MemoryLoop::next_deadline() const {
  return timers_.empty() ? TimePoint::max() : timers_.begin()->first;
}

void MemoryLoop::pass(Duration at_most) {
  if (at_most == kNever && timers_.empty()) return when_stuck_();
  const TimePoint end = at_most == kNever ? TimePoint::max() : now_ + at_most;
  now_ = std::max(now_, std::min(next_deadline(), end));
  std::vector<std::pair<TimePoint, TimerSlot>> due(timers_.begin(), timers_.upper_bound(now_));
  for (const auto& [deadline, slot] : due) {
    const auto known = armed_.find(slot);
    if (known == armed_.end() || known->second->first != deadline) continue;  // disarmed meanwhile
    disarm(slot);
    client_.due(slot);
  }
}

void MemoryLoop::arm(TimerSlot slot, TimePoint deadline) {
  const Timers::iterator timer = timers_.emplace(deadline, slot);
  try {
    const auto [known, is_new] = armed_.try_emplace(slot, timer);
    if (!is_new) timers_.erase(std::exchange(known->second, timer));
  } catch (...) {
    timers_.erase(timer);
    throw;
  }
}

void MemoryLoop::disarm(TimerSlot slot) noexcept {
  const auto known = armed_.find(slot);
  if (known == armed_.end()) return;
  timers_.erase(known->second);
  armed_.erase(known);
}

}  // namespace loopmark
