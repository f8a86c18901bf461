// SPDX-License-Identifier: MIT
//
// Notes on the mechanism.
//
// a) event_base_loop() returns when nothing is registered, unless EVLOOP_NO_EXIT_ON_EMPTY is
//    given. EVLOOP_ONCE waits until a callback has run, through signals and internal events. With
//    EVLOOP_NONBLOCK alone it goes on while anything is ready, which may be for ever where
//    readiness is level-triggered; with both it is one trip.
// b) While callbacks run, the time is cached, and a timeout that is added then counts from the
//    beginning of the batch: it comes early. EVENT_BASE_FLAG_NO_CACHE_TIME has it read afresh.
// c) The default clock is CLOCK_MONOTONIC_COARSE, which moves once a tick (4 ms at 250 Hz) and is
//    up to that behind. A timeout is counted from what that clock says in event_add(). Measured
//    from our clock it would end early by the difference of the two, so it is measured from
//    libevent's (evutil_gettime_monotonic): then it ends at the deadline itself, rounded up to
//    microseconds. What remains is that this is noticed up to a tick late, and that time which
//    passes between the two readings is added. What is overdue by our clock is due at once,
//    whatever libevent's says. EVENT_BASE_FLAG_PRECISE_TIMER reads CLOCK_MONOTONIC instead, and
//    has epoll wait with a timerfd, at the price of a system call a pass.
// d) The timers stand in a heap that compares nothing but the deadline: equal ones come in any
//    order (minheap-internal.h).
// e) One event for both directions, so that there is one call for a descriptor that can be read
//    and written. To change the directions, an event must be taken out and made anew. The new one
//    is added before the old one is taken out: then libevent tells epoll only the difference, and
//    when that fails the old one still stands.
// f) Ends and errors come as "can be read" and "can be written", as far as these are watched.
// g) event_del() also takes the event out of the batch that is being served: nothing stale is
//    called.
// h) A wait that fails ends event_base_loop() with -1. select(2) fails with EBADF while one
//    closed number is among the watched; libevent leaves it to us to find it, and it is refused.
// i) Some failures end the process. Where libevent is built with _FORTIFY_SOURCE, the select
//    method does so for a number of FD_SETSIZE and more (__fdelt_chk), and it watches one of its
//    own from the start; any new base does so when there are no descriptors for its pipe
//    (evsig_init_).
// j) event_active() is the documented way to wake a base from another thread, once
//    evthread_use_pthreads() was called before it was made. From the base's own thread it costs
//    no system call, and between two passes it is kept for the next one. (event_base_loopbreak()
//    would be forgotten there.)
// k) The environment can take mechanisms away and change the clock: EVENT_BASE_FLAG_IGNORE_ENV.
// l) Failures are also told on stderr ("[warn] ..."). To change that is for the process, not for
//    us.
// m) epoll: close() leaves a file in the set that is open under another number, too. When
//    unwatch() comes after it, nobody can take the file out: while it is ready, event_base_loop()
//    spins, and a new descriptor of that number is called ready when the old file is. libevent
//    neither notices nor lets us notice (epoll.c compares no more than the number).
#include "reactors/wrappers/libevent/libevent_loop.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "reactors/base/check.h"

namespace loopmark {
namespace {

using Microseconds = std::chrono::microseconds;
using libevent::check_made;
using libevent::make_event;
using libevent::to_timeval;

}  // namespace

LibeventLoop::LibeventLoop(LoopClient& client, const char* method, libevent::Timers timers)
    : client_(client),
      base_(libevent::make_base(method, timers)),
      clock_(check_made(evutil_monotonic_timer_new(), "evutil_monotonic_timer_new")),
      waker_(make_event(base_, -1, 0, on_nothing, nullptr)),
      bound_(make_event(base_, -1, 0, on_nothing, nullptr)) {
  const int flags = timers == libevent::Timers::kPrecise ? EV_MONOT_PRECISE : 0;
  check_call(evutil_configure_monotonic_time(clock_.get(), flags),
             "evutil_configure_monotonic_time");
}

void LibeventLoop::pass(Duration at_most) {
  int flags = EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY;
  const bool bounded = at_most > Duration::zero() && at_most != kNever;
  if (bounded) {
    const timeval limit = to_timeval(at_most);
    check_call(event_add(bound_.get(), &limit), "event_add");
  } else if (at_most != kNever) {
    flags |= EVLOOP_NONBLOCK;
  }
  const int result = event_base_loop(base_.get(), flags);
  const int error = result < 0 ? errno : 0;
  if (bounded) event_del(bound_.get());
  if (result < 0 && !refuse_closed()) throw_errno("event_base_loop", error);
}

/// Returns whether there were any.
bool LibeventLoop::refuse_closed() {
  bool found = false;
  for (std::size_t number = 0; number < watched_.size(); ++number) {
    const event* const watched = watched_[number].now.get();
    if (watched == nullptr || event_pending(watched, EV_READ | EV_WRITE, nullptr) == 0) continue;
    const int fd = static_cast<int>(number);
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    found = true;
    client_.refused(fd, EBADF);
  }
  return found;
}

void LibeventLoop::watch(int fd, Interest interest) {
  libevent::check_number(base_, fd);
  const auto number = static_cast<std::size_t>(fd);
  if (number >= watched_.size()) watched_.resize(number + 1);
  Watched& watched = watched_[number];
  if (!watched.next) watched.next = make_event(base_, fd, 0, on_ready, this);

  int events = EV_PERSIST;
  if (any(interest & Interest::kRead)) events |= EV_READ;
  if (any(interest & Interest::kWrite)) events |= EV_WRITE;
  event_assign(watched.next.get(), base_.get(), fd, static_cast<short>(events), on_ready, this);
  check_call(event_add(watched.next.get(), nullptr), "event_add");
  if (watched.now) event_del(watched.now.get());
  watched.now.swap(watched.next);
}

void LibeventLoop::unwatch(int fd) noexcept {
  event_del(watched_[static_cast<std::size_t>(fd)].now.get());
}

void LibeventLoop::on_ready(evutil_socket_t fd, short what, void* loop) {
  Ready ready = Ready::kNone;
  if ((what & EV_READ) != 0) ready |= Ready::kRead;
  if ((what & EV_WRITE) != 0) ready |= Ready::kWrite;
  static_cast<LibeventLoop*>(loop)->client_.ready(fd, ready);
}

void LibeventLoop::arm(TimerSlot slot, TimePoint deadline) {
  while (slot >= timers_.size()) {
    timers_.push_back({this, static_cast<TimerSlot>(timers_.size()), nullptr});
  }
  Timer& timer = timers_[slot];
  if (!timer.event) timer.event = make_event(base_, -1, 0, on_due, &timer);

  Duration left = std::max(deadline, TimePoint()) - now();
  if (left > Duration::zero()) left = deadline - library_now();
  const timeval timeout = to_timeval(left);  // negative when overdue, so that it keeps its place
  check_call(event_add(timer.event.get(), &timeout), "event_add");
}

void LibeventLoop::disarm(TimerSlot slot) noexcept {
  event_del(timers_[slot].event.get());
}

void LibeventLoop::on_due(evutil_socket_t, short, void* timer) {
  const auto* const due = static_cast<Timer*>(timer);
  due->loop->client_.due(due->slot);
}

TimePoint LibeventLoop::library_now() const {
  timeval now{};
  check_call(evutil_gettime_monotonic(clock_.get(), &now), "evutil_gettime_monotonic");
  return TimePoint(std::chrono::seconds(now.tv_sec) + Microseconds(now.tv_usec));
}

void LibeventLoop::wake() noexcept {
  event_active(waker_.get(), EV_READ, 0);
}

std::string LibeventLoop::evidence() const {
  return libevent::evidence_of(base_);
}

}  // namespace loopmark
