// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <string>

#include "reactors/loop.h"

namespace loopmark {

/// A loop without a kernel: its clock stands still but for waiting, which moves it at once, and for set_now(). No descriptor
/// is ever ready, and no other thread may take part.
class MemoryLoop final : public Loop {
 public:
  /// `when_stuck` is called in a pass that would wait for ever.
  MemoryLoop(LoopClient& client, std::function<void()> when_stuck)
      : client_(client), when_stuck_(std::move(when_stuck)) {}

  TimePoint now() const override { return now_; }
  void set_now(TimePoint now) { now_ = now; }
  /// The next deadline; TimePoint::max() where there is none.
  TimePoint next_deadline() const;

  void pass(Duration at_most) override;
  void watch(int, Interest) override {}
  void unwatch(int) noexcept override {}
  void arm(TimerSlot slot, TimePoint deadline) override;
  void disarm(TimerSlot slot) noexcept override;
  void wake() noexcept override {}
  std::string evidence() const override { return "memory"; }

 private:
  using Timers =
      std::multimap<TimePoint, TimerSlot>;  // those of one deadline in the order they were armed

  LoopClient& client_;
  const std::function<void()> when_stuck_;
  TimePoint now_{};
  Timers timers_;
  std::map<TimerSlot, Timers::iterator> armed_;
};

}  // namespace loopmark
