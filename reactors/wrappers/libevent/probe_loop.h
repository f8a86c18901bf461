// SPDX-License-Identifier: MIT
#pragma once

#include <deque>

#include "reactors/backend.h"
#include "reactors/probing/common.h"
#include "reactors/wrappers/libevent/event_base.h"

namespace loopmark::libevent {

/// A base with no options but the mechanism of `row` (and its precise timers), and without regard to the environment,
/// unless `heeds_environment`, which is libevent's default. Null where libevent makes none.
Base plain_base(const Backend& row, bool heeds_environment = false);

/// libevent for the probes (reactors/probing/common.h). Other threads may use it only when evthread_use_pthreads() was
/// called before it was made.
class ProbeLoop {
 public:
  explicit ProbeLoop(const Backend& row);

  event_base* base() const { return base_.get(); }

  /// An event that is not added. `fd` is a signal's number where `what` has EV_SIGNAL.
  event* make(int fd, short what, profile::Call call);
  /// One that is added, with EV_PERSIST. Null where event_add() fails.
  event* watch(int fd, profile::Directions directions, profile::Call call);
  event* arm(Duration delay, profile::Function call);
  event* repeat(Duration period, profile::Function call);
  event* watch_signal(int number, profile::Function call);
  void remove(event* one) { event_del(one); }
  void start(event* one) { event_add(one, nullptr); }

  bool run(int flags) { return event_base_loop(base_.get(), flags) >= 0; }
  bool run() { return run(0); }
  bool run_once() { return run(EVLOOP_ONCE); }
  bool poll() { return run(EVLOOP_ONCE | EVLOOP_NONBLOCK); }
  void run_until(profile::Kernel& kernel, const std::function<bool()>& done);
  void stop() { event_base_loopbreak(base_.get()); }
  void tell_of_fork() { event_reinit(base_.get()); }

 private:
  static void on_event(evutil_socket_t, short what, void* call);

  event* arm(Duration delay, short what, profile::Function call);

  Base base_;
  // Never moved, for libevent holds the addresses.
  std::deque<profile::Call> calls_;
  std::deque<Event> events_;
};

}  // namespace loopmark::libevent
