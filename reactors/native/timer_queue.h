// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "reactors/loop.h"

namespace loopmark {

/// Deadlines by timer slot: a 4-ary heap of (deadline, order of arming) that knows where each slot stands. What is due
/// is taken out as a batch, fixed by one reading of the clock; a slot that is disarmed or armed anew leaves the batch.
class TimerQueue {
 public:
  /// Whether no slot has a deadline.
  bool empty() const { return heap_.empty(); }

  /// TimePoint::max() when it is empty.
  TimePoint next_deadline() const { return heap_.empty() ? TimePoint::max() : heap_[0].deadline; }

  void arm(TimerSlot slot, TimePoint deadline);
  void disarm(TimerSlot slot) noexcept;

  /// Moves all that are due at `now` to the batch, in order of deadline, equal ones in order of arming.
  void take_due(TimePoint now);

  /// Takes the next slot of the batch. Returns false when there is none left.
  bool next_in_batch(TimerSlot& slot);

 private:
  struct Entry {
    TimePoint deadline;
    std::uint64_t order;
    TimerSlot slot;

    bool before(const Entry& other) const {
      return deadline != other.deadline ? deadline < other.deadline : order < other.order;
    }
  };
  static constexpr std::size_t kNowhere = SIZE_MAX;

  void make_room(TimerSlot slot);
  void place(std::size_t index, const Entry& entry);
  void sift_up(std::size_t index, Entry entry);
  void sift_down(std::size_t index, Entry entry);
  void erase(std::size_t index);

  std::vector<Entry> heap_;
  std::vector<std::size_t> where_;  // by slot: index in the heap, or kNowhere
  std::vector<std::uint64_t>
      turn_;  // by slot: the `order` under which it is armed; 0 when it is not
  std::uint64_t last_order_ = 0;
  std::vector<Entry> batch_;
  std::size_t batch_position_ = 0;
};

}  // namespace loopmark
