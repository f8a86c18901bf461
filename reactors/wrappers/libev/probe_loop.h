// SPDX-License-Identifier: MIT
#pragma once

#include <deque>

#include "reactors/backend.h"
#include "reactors/probing/common.h"
#include "reactors/wrappers/libev/ev_loop.h"

namespace loopmark::libev {

/// The bit of EVBACKEND_* for the mechanism of `row`.
unsigned backend_of(const Backend& row);

/// A watcher that calls a function, with the events that libev tells of.
template <class Watcher>
struct Calling : Watcher {
  std::function<void(int what)> call;

  static void on_event(struct ev_loop*, Watcher* watcher, int what) {
    static_cast<Calling*>(watcher)->call(what);
  }
};

/// libev for the probes (reactors/probing/common.h): a dynamic loop with no options but the mechanism, and without regard
/// to the environment.
class ProbeLoop {
 public:
  explicit ProbeLoop(const Backend& row) : loop_(make_ev_loop(backend_of(row))) {}

  struct ev_loop* get() const {
    return loop_.get();
  }

  ev_io* watch(int fd, profile::Directions directions, profile::Call call);
  /// With the delay in libev's own unit, seconds.
  ev_timer* arm(double delay, double repeat, profile::Function call);
  ev_timer* arm(Duration delay, profile::Function call);
  ev_timer* repeat(Duration period, profile::Function call);
  ev_signal* watch_signal(int number, profile::Function call);
  /// One that is not started, for events that are fed by hand.
  ev_async* make_async(profile::Function call);
  ev_async* watch_async(profile::Function call);
  void remove(ev_io* one) { ev_io_stop(get(), one); }
  void remove(ev_timer* one) { ev_timer_stop(get(), one); }
  void remove(ev_signal* one) { ev_signal_stop(get(), one); }
  void start(ev_io* one) { ev_io_start(get(), one); }

  /// True always, for ev_run() reports no failure.
  bool run(int flags) {
    ev_run(get(), flags);
    return true;
  }
  bool run() { return run(0); }
  bool run_once() { return run(EVRUN_ONCE); }
  bool poll() { return run(EVRUN_NOWAIT); }
  void run_until(profile::Kernel& kernel, const std::function<bool()>& done);
  void stop() { ev_break(get(), EVBREAK_ONE); }
  void tell_of_fork() { ev_loop_fork(get()); }

 private:
  EvLoop loop_;
  // Never moved, for libev holds the addresses. None is stopped at the end.
  std::deque<Calling<ev_io>> ios_;
  std::deque<Calling<ev_timer>> timers_;
  std::deque<Calling<ev_signal>> signals_;
  std::deque<Calling<ev_async>> asyncs_;
};

}  // namespace loopmark::libev
