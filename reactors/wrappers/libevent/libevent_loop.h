// SPDX-License-Identifier: MIT
#pragma once

#include <event2/event.h>
#include <event2/util.h>

#include <deque>
#include <memory>
#include <vector>

#include "reactors/loop.h"

namespace loopmark {

/// libevent's event_base as a loop: a struct event a descriptor, one a timer, one to wake it. It
/// owns these, and none of the file descriptors.
class LibeventLoop final : public Loop {
 public:
  /// Which clock libevent reads. Its default moves once a tick.
  enum class Timers { kCoarse, kPrecise };

  /// `method` is libevent's name of a mechanism. Throws std::system_error when there is none of
  /// that name or it cannot be set up, and std::runtime_error when libevent runs another one.
  LibeventLoop(LoopClient& client, const char* method, Timers timers);

  void pass(Duration at_most) override;
  void watch(int fd, Interest interest) override;
  void unwatch(int fd) noexcept override;
  void arm(TimerSlot slot, TimePoint deadline) override;
  void disarm(TimerSlot slot) noexcept override;
  void wake() noexcept override;
  std::string evidence() const override;

 private:
  template <auto free>
  struct Free {
    template <class T>
    void operator()(T* made) const {
      free(made);
    }
  };
  template <class T, auto free>
  using Owned = std::unique_ptr<T, Free<free>>;
  using Base = Owned<event_base, event_base_free>;
  using Event = Owned<event, event_free>;

  struct Watched {
    Event now;   // added while the descriptor is watched
    Event next;  // takes its place when the interest changes
  };
  struct Timer {
    LibeventLoop* loop;
    TimerSlot slot;
    Event event;
  };

  static Base make_base(const char* method, Timers timers);
  static void on_ready(evutil_socket_t fd, short what, void* loop);
  static void on_due(evutil_socket_t, short, void* timer);
  static void on_nothing(evutil_socket_t, short, void*) {}

  Event make_event(int fd, event_callback_fn callback, void* argument);
  bool refuse_closed();
  TimePoint library_now() const;

  LoopClient& client_;
  Base base_;
  Owned<evutil_monotonic_timer, evutil_monotonic_timer_free> clock_;  // the one that base_ reads
  Event waker_;
  Event bound_;                   // ends a pass that may not wait for ever
  std::vector<Watched> watched_;  // by file descriptor
  std::deque<Timer> timers_;      // by slot; never moved, for libevent holds their addresses
};

}  // namespace loopmark
