// SPDX-License-Identifier: MIT
#include "reactors/wrappers/libev/probe_loop.h"

#include <cstring>
#include <stdexcept>
#include <utility>

namespace loopmark::libev {

using namespace profile;

namespace {

/// A new watcher in `watchers`, initialised but for what it watches.
template <class Watcher>
Watcher* add(std::deque<Calling<Watcher>>& watchers, std::function<void(int)> call) {
  Calling<Watcher>& made = watchers.emplace_back();
  Watcher* const watcher = &made;
  ev_init(watcher, Calling<Watcher>::on_event);
  made.call = std::move(call);
  return watcher;
}

std::function<void(int)> ignoring_events(Function call) {
  return [call = std::move(call)](int) { call(); };
}

double in_seconds(Duration time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

unsigned backend_of(const Backend& row) {
  if (row.mechanism == "epoll") return EVBACKEND_EPOLL;
  return row.mechanism == "poll" ? EVBACKEND_POLL : EVBACKEND_SELECT;
}

ev_io* ProbeLoop::watch(int fd, Directions directions, Call call) {
  ev_io* const made = add(ios_, [call = std::move(call)](int what) {
    call({.read = (what & EV_READ) != 0,
          .write = (what & EV_WRITE) != 0,
          .error = (what & EV_ERROR) != 0});
  });
  ev_io_set(made, fd, (directions.read ? EV_READ : 0) | (directions.write ? EV_WRITE : 0));
  ev_io_start(get(), made);
  return made;
}

ev_timer* ProbeLoop::arm(double delay, double repeat, Function call) {
  ev_timer* const made = add(timers_, ignoring_events(std::move(call)));
  ev_timer_set(made, delay, repeat);
  ev_timer_start(get(), made);
  return made;
}

ev_timer* ProbeLoop::arm(Duration delay, Function call) {
  return arm(in_seconds(delay), 0., std::move(call));
}
ev_timer* ProbeLoop::repeat(Duration period, Function call) {
  return arm(in_seconds(period), in_seconds(period), std::move(call));
}

ev_signal* ProbeLoop::watch_signal(int number, Function call) {
  ev_signal* const made = add(signals_, ignoring_events(std::move(call)));
  ev_signal_set(made, number);
  ev_signal_start(get(), made);
  return made;
}

ev_async* ProbeLoop::make_async(Function call) {
  return add(asyncs_, ignoring_events(std::move(call)));
}
ev_async* ProbeLoop::watch_async(Function call) {
  ev_async* const made = make_async(std::move(call));
  ev_async_start(get(), made);
  return made;
}

void ProbeLoop::run_until(Kernel& kernel, const std::function<bool()>& done) {
  for (int pass = 0; !done(); ++pass) {
    if (pass == 1000) throw std::runtime_error("a thousand passes did not suffice");
    run_once();
    kernel.advance(std::chrono::microseconds(1));  // libev calls no timer at its very deadline
  }
}

}  // namespace loopmark::libev
