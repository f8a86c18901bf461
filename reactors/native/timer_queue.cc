// SPDX-License-Identifier: MIT
#include "reactors/native/timer_queue.h"

#include <algorithm>

namespace loopmark {

void TimerQueue::arm(TimerSlot slot, TimePoint deadline) {
  if (slot >= where_.size()) make_room(slot);
  const Entry entry{deadline, ++last_order_, slot};
  turn_[slot] = entry.order;
  const std::size_t index = where_[slot];
  if (index == kNowhere) {
    heap_.push_back(entry);
    sift_up(heap_.size() - 1, entry);
  } else if (entry.before(heap_[index])) {
    sift_up(index, entry);
  } else {
    sift_down(index, entry);
  }
}

/// For all that may have to be kept of these slots: nothing else needs memory, or can fail for want of it.
void TimerQueue::make_room(TimerSlot slot) {
  const std::size_t size = slot + std::size_t{1};
  if (size > where_.capacity()) {
    const std::size_t room = std::max(size, 2 * where_.capacity());
    heap_.reserve(room);
    batch_.reserve(room);
    turn_.reserve(room);
    where_.reserve(room);  // the last, for its capacity says that there is room in all
  }
  turn_.resize(size, 0);
  where_.resize(size, kNowhere);
}

void TimerQueue::disarm(TimerSlot slot) noexcept {
  turn_[slot] = 0;
  if (where_[slot] != kNowhere) erase(where_[slot]);
}

void TimerQueue::take_due(TimePoint now) {
  batch_.clear();
  batch_position_ = 0;
  while (!heap_.empty() && heap_[0].deadline <= now) {
    batch_.push_back(heap_[0]);
    erase(0);
  }
}

bool TimerQueue::next_in_batch(TimerSlot& slot) {
  while (batch_position_ < batch_.size()) {
    const Entry& entry = batch_[batch_position_++];
    if (turn_[entry.slot] != entry.order) continue;  // disarmed or armed anew since
    turn_[entry.slot] = 0;
    slot = entry.slot;
    return true;
  }
  return false;
}

void TimerQueue::place(std::size_t index, const Entry& entry) {
  heap_[index] = entry;
  where_[entry.slot] = index;
}

void TimerQueue::sift_up(std::size_t index, Entry entry) {
  while (index > 0) {
    const std::size_t parent = (index - 1) / 4;
    if (!entry.before(heap_[parent])) break;
    place(index, heap_[parent]);
    index = parent;
  }
  place(index, entry);
}

void TimerQueue::sift_down(std::size_t index, Entry entry) {
  while (true) {
    const std::size_t first = 4 * index + 1;
    if (first >= heap_.size()) break;
    const std::size_t last = std::min(first + 4, heap_.size());
    std::size_t least = first;
    for (std::size_t child = first + 1; child < last; ++child) {
      if (heap_[child].before(heap_[least])) least = child;
    }
    if (!heap_[least].before(entry)) break;
    place(index, heap_[least]);
    index = least;
  }
  place(index, entry);
}

void TimerQueue::erase(std::size_t index) {
  where_[heap_[index].slot] = kNowhere;
  const Entry last = heap_.back();
  heap_.pop_back();
  if (index == heap_.size()) return;
  if (index > 0 && last.before(heap_[(index - 1) / 4])) {
    sift_up(index, last);
  } else {
    sift_down(index, last);
  }
}

}  // namespace loopmark
