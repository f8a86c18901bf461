// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "reactors/base/time.h"

namespace loopmark::bench::bare {

/// Timers in a 4-ary heap, which knows where each of them stands. They are numbered from 0, below
/// 2^24. Equal deadlines are taken in the order in which they were set, as the contract demands of
/// a loop (TIME-ORDER-02).
class TimerHeap {
 public:
  /// `count` more timers, not set.
  void add(std::size_t count) { where_.resize(where_.size() + count, kNowhere); }

  bool empty() const { return end_ == kRoot; }

  /// The earliest deadline, when not empty.
  TimePoint next() const { return deadline_of(at(kRoot)); }

  /// Sets the timer, or moves one that is set.
  void set(std::size_t timer, TimePoint deadline) {
    const auto key = static_cast<std::uint64_t>(deadline.time_since_epoch().count());
    const Entry entry = Entry{key} << 64 | ++last_order_ << kTimerBits | timer;
    const std::uint32_t place = where_[timer];
    if (place == kNowhere) {
      if (end_ == 4 * lines_.size()) lines_.resize(2 * lines_.size(), kEmptyLine);
      sift_up(end_++, entry);
    } else if (entry < at(place)) {
      sift_up(place, entry);
    } else {
      sift_down(place, entry);
    }
  }

  /// The timer must be set.
  void cancel(std::size_t timer) { take_out(where_[timer]); }

  /// Takes out the earliest timer that is due at `now`, if one is.
  bool take_due(TimePoint now, std::size_t& timer) {
    if (empty() || next() > now) return false;
    timer = timer_of(at(kRoot));
    take_out(kRoot);
    return true;
  }

 private:
  // Deadline, order of setting, timer: one number, so that one comparison decides between two.
  __extension__ using Entry = unsigned __int128;
  static constexpr unsigned kTimerBits = 24;
  static constexpr Entry kNone = ~Entry{0};  // greater than all others
  // The four children of an entry share a line of the cache: so the root is the last of the first.
  struct alignas(64) Line {
    Entry entries[4];
  };
  static constexpr Line kEmptyLine = {{kNone, kNone, kNone, kNone}};
  static constexpr std::uint32_t kRoot = 3;
  static constexpr std::uint32_t kNowhere = 0;
  static constexpr std::uint32_t parent_of(std::uint32_t place) { return place / 4 + 2; }
  static constexpr std::uint32_t first_child_of(std::uint32_t place) { return 4 * (place - 2); }

  static TimePoint deadline_of(Entry entry) {
    return TimePoint(Duration(static_cast<std::int64_t>(entry >> 64)));
  }
  static std::size_t timer_of(Entry entry) {
    return static_cast<std::size_t>(entry) & ((std::size_t{1} << kTimerBits) - 1);
  }

  Entry& at(std::uint32_t place) { return lines_[place / 4].entries[place % 4]; }
  const Entry& at(std::uint32_t place) const { return lines_[place / 4].entries[place % 4]; }

  void put(std::uint32_t place, Entry entry) {
    at(place) = entry;
    where_[timer_of(entry)] = place;
  }

  void sift_up(std::uint32_t place, Entry entry) {
    while (place > kRoot && entry < at(parent_of(place))) {
      put(place, at(parent_of(place)));
      place = parent_of(place);
    }
    put(place, entry);
  }

  void sift_down(std::uint32_t place, Entry entry) {
    for (std::uint32_t first; (first = first_child_of(place)) < end_;) {
      const auto& child = lines_[first / 4].entries;  // kNone beyond the end
      const std::uint32_t left = child[1] < child[0] ? 1 : 0;
      const std::uint32_t right = child[3] < child[2] ? 3 : 2;
      const std::uint32_t least = child[right] < child[left] ? right : left;
      if (entry < child[least]) break;
      put(place, child[least]);
      place = first + least;
    }
    put(place, entry);
  }

  void take_out(std::uint32_t place) {
    where_[timer_of(at(place))] = kNowhere;
    const Entry last = at(--end_);
    at(end_) = kNone;
    if (place == end_) return;
    if (place > kRoot && last < at(parent_of(place))) {
      sift_up(place, last);
    } else {
      sift_down(place, last);
    }
  }

  std::vector<Line> lines_ = std::vector<Line>(16, kEmptyLine);
  std::uint32_t end_ = kRoot;  // place behind the last entry
  std::uint64_t last_order_ = 0;
  std::vector<std::uint32_t> where_;  // by timer: its place, or kNowhere
};

}  // namespace loopmark::bench::bare
