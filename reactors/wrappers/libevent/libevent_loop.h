// SPDX-License-Identifier: MIT
#pragma once

#include <event2/event.h>
#include <event2/util.h>

#include <deque>
#include <vector>

#include "reactors/loop.h"
#include "reactors/wrappers/libevent/event_base.h"

namespace loopmark {

/// libevent's event_base as a loop: a struct event a descriptor, one a timer, one to wake it. It
/// owns these, and none of the file descriptors.
class LibeventLoop final : public Loop {
 public:
  /// `method` is libevent's name of a mechanism. Throws std::system_error when there is none of
  /// that name or it cannot be set up, and std::runtime_error when libevent runs another one.
  LibeventLoop(LoopClient& client, const char* method, libevent::Timers timers);

  void pass(Duration at_most) override;
  void watch(int fd, Interest interest) override;
  void unwatch(int fd) noexcept override;
  void arm(TimerSlot slot, TimePoint deadline) override;
  void disarm(TimerSlot slot) noexcept override;
  void wake() noexcept override;
  std::string evidence() const override;

 private:
  struct Watched {
    libevent::Event now;   // added while the descriptor is watched
    libevent::Event next;  // takes its place when the interest changes
  };
  struct Timer {
    LibeventLoop* loop;
    TimerSlot slot;
    libevent::Event event;
  };

  static void on_ready(evutil_socket_t fd, short what, void* loop);
  static void on_due(evutil_socket_t, short, void* timer);
  static void on_nothing(evutil_socket_t, short, void*) {}

  bool refuse_closed();
  TimePoint library_now() const;

  LoopClient& client_;
  libevent::Base base_;
  libevent::Owned<evutil_monotonic_timer, evutil_monotonic_timer_free>
      clock_;  // the one that base_ reads
  libevent::Event waker_;
  libevent::Event bound_;         // ends a pass that may not wait for ever
  std::vector<Watched> watched_;  // by file descriptor
  std::deque<Timer> timers_;      // by slot; never moved, for libevent holds their addresses
};

}  // namespace loopmark
