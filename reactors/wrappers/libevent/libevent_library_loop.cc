// SPDX-License-Identifier: MIT
//
// The notes on libevent are in libevent_loop.cc. How its manual has things done: an event is made once and then added and
// deleted; event_add() moves a timeout that is pending already; its clock is read afresh for each
// (EVENT_BASE_FLAG_NO_CACHE_TIME). The default clock is the coarse one, so a timeout may come early by as much as that is
// behind, up to a tick: what our wrapper does about it is no part of libevent.
#include "reactors/wrappers/libevent/libevent_library_loop.h"

namespace loopmark {

using libevent::make_event;

LibeventLibraryLoop::LibeventLibraryLoop(const char* method, libevent::Timers timers)
    : base_(libevent::make_base(method, timers)) {
  waker_.call = [](void*) {};
  waker_.event = make_event(base_, -1, 0, on_event, &waker_);
}

void LibeventLibraryLoop::on_event(evutil_socket_t, short, void* calling) {
  const auto* const event = static_cast<Calling*>(calling);
  event->call(event->context);
}

void LibeventLibraryLoop::add(std::deque<Calling>& watchers, int fd, short what, Call call,
                              void* context) {
  libevent::check_number(base_, fd);
  const auto number = static_cast<std::size_t>(fd);
  if (number >= watchers.size()) watchers.resize(number + 1);
  Calling& watcher = watchers[number];
  watcher.call = call;
  watcher.context = context;
  if (!watcher.event) watcher.event = make_event(base_, fd, what | EV_PERSIST, on_event, &watcher);
  check_call(event_add(watcher.event.get(), nullptr), "event_add");
}

void LibeventLibraryLoop::watch_read(int fd, Call call, void* context) {
  add(readers_, fd, EV_READ, call, context);
}

void LibeventLibraryLoop::watch_write(int fd, Call call, void* context) {
  add(writers_, fd, EV_WRITE, call, context);
}

void LibeventLibraryLoop::unwatch_read(int fd) {
  event_del(readers_[static_cast<std::size_t>(fd)].event.get());
}

void LibeventLibraryLoop::unwatch_write(int fd) {
  event_del(writers_[static_cast<std::size_t>(fd)].event.get());
}

std::size_t LibeventLibraryLoop::add_timer(Call call, void* context) {
  Calling& timer = timers_.emplace_back(Calling{call, context});
  timer.event = make_event(base_, -1, 0, on_event, &timer);
  return timers_.size() - 1;
}

void LibeventLibraryLoop::arm(std::size_t timer, Duration delay) {
  const timeval timeout = libevent::to_timeval(delay);
  check_call(event_add(timers_[timer].event.get(), &timeout), "event_add");
}

void LibeventLibraryLoop::disarm(std::size_t timer) {
  event_del(timers_[timer].event.get());
}

void LibeventLibraryLoop::on_wake(Call call, void* context) {
  waker_.call = call;
  waker_.context = context;
}

void LibeventLibraryLoop::wake() {
  event_active(waker_.event.get(), EV_READ, 0);
}

void LibeventLibraryLoop::run() {
  check_call(event_base_loop(base_.get(), EVLOOP_NO_EXIT_ON_EMPTY), "event_base_loop");
}

void LibeventLibraryLoop::stop() {
  event_base_loopbreak(base_.get());
}

void LibeventLibraryLoop::poll() {
  const int flags = EVLOOP_ONCE | EVLOOP_NONBLOCK | EVLOOP_NO_EXIT_ON_EMPTY;
  check_call(event_base_loop(base_.get(), flags), "event_base_loop");
}

std::string LibeventLibraryLoop::evidence() const {
  return libevent::evidence_of(base_);
}

}  // namespace loopmark
