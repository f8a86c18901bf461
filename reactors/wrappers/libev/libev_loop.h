// SPDX-License-Identifier: MIT
#pragma once

#include <deque>
#include <vector>

#include "reactors/loop.h"
#include "reactors/wrappers/libev/ev_loop.h"

namespace loopmark {

/// A dynamic loop of libev: an ev_io a descriptor, an ev_timer a timer, an ev_async to wake it. It
/// owns these, and none of the file descriptors.
class LibevLoop final : public Loop {
 public:
  /// `backend` is one bit of EVBACKEND_*. Throws std::system_error when this libev does not have it
  /// or it cannot be set up, and std::runtime_error when libev runs another one.
  LibevLoop(LoopClient& client, unsigned backend);

  void pass(Duration at_most) override;
  void watch(int fd, Interest interest) override;
  void unwatch(int fd) noexcept override;
  void arm(TimerSlot slot, TimePoint deadline) override;
  void disarm(TimerSlot slot) noexcept override;
  void wake() noexcept override;
  std::string evidence() const override;

 private:
  struct Timer : ev_timer {
    TimerSlot slot;
  };

  static void on_ready(struct ev_loop* loop, ev_io* watched, int what);
  static void on_due(struct ev_loop* loop, ev_timer* timer, int);
  static void on_bound(struct ev_loop*, ev_timer*, int) {}
  static void on_wake(struct ev_loop*, ev_async*, int) {}

  void start(ev_timer& timer, Duration delay);
  bool refuse_closed();

  LoopClient& client_;
  libev::EvLoop loop_;
  ev_async waker_;
  ev_timer bound_;  // ends a pass that may not wait for ever
  // libev holds the addresses of these two, which are never moved.
  std::deque<ev_io> watched_;  // by file descriptor
  std::deque<Timer> timers_;   // by slot
  std::vector<int> changed_;   // numbers whose interest is told to the system in the next pass
};

}  // namespace loopmark
