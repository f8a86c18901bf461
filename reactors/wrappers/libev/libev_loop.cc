// SPDX-License-Identifier: MIT
//
// Notes on the mechanism.
//
// a) ev_run() does not wait when no watcher is active. The ev_async that wakes it always is one.
// b) EVRUN_ONCE is one trip: it ends after one wait, also when that brought nothing. No wait
//    takes longer than 59.743 s, so that jumps of the wall clock are noticed (ev.c,
//    MAX_BLOCKTIME): an idle loop makes a pass a minute.
// c) ev_timer_start() counts from the time at which the batch began. ev_now_update() reads it
//    afresh, after we have read ours: so a timer is never early, and late by what passes between
//    the two. libev calls it when its deadline lies behind, not yet when it is met; so it is set
//    a nanosecond short.
// d) The timers stand in a heap that compares nothing but the deadline: equal ones come in any
//    order (ev.c, upheap and downheap).
// e) What changes is told to the system at the beginning of the next ev_run(). epoll and poll
//    then assert that the number is open, and Debian builds libev with its asserts: one that was
//    closed meanwhile ends the process. So those that have changed are looked at before, and
//    closed ones are refused. poll asserts it also of numbers that have not changed. To look at
//    all of them in each pass would cost more than the poll itself, so that remains. select looks
//    for closed numbers itself when it fails, and stops them with EV_ERROR.
// f) ev_io_init() says "perhaps another file", as a new registration does, and costs a system
//    call with epoll; ev_io_modify() says "the same file" (ev.pod, disappearing file
//    descriptors).
// g) ev_io_stop() and ev_timer_stop() take the watcher out of the batch that is being served:
//    nothing stale is called. epoll is not told of an end at all; when an event of one that has
//    ended comes, libev takes it out, or makes the whole set anew.
// h) Ends and errors come as "can be read" and "can be written", as far as these are watched.
// i) Regular files work everywhere: libev calls those ready that epoll refuses (ev_epoll.c).
// j) FD_SETSIZE is no limit: select's sets are libev's own, and grow (ev_select.c).
// k) ev_async_send() may be called in any thread, and writes to its eventfd only while the loop
//    waits.
// l) When a system call fails, libev calls a function, which aborts by default. There is one for
//    the process, it cannot throw, and libev goes on when it returns. In a pass it leaves the
//    errno for pass() to throw. Calls that make a descriptor are repeated for ever; so outside a
//    pass, and the second time in one, it aborts as the default does, and the constructor makes
//    sure that libev gets its eventfd.
// m) LIBEV_FLAGS in the environment can choose another mechanism: EVFLAG_NOENV. The flags on
//    timerfd, signalfd and inotify concern watchers that are not used here (ev.pod), and stay as
//    they are.
#include "reactors/wrappers/libev/libev_loop.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "reactors/base/check.h"

namespace loopmark {
namespace {

/// The errno of what has failed in this thread's pass, or 0; null outside a pass. Of the model that needs no call for its
/// address; the C library keeps room for the few bytes of a module that is loaded late.
[[gnu::tls_model("initial-exec")]] thread_local int* failure = nullptr;

void on_system_error(const char* message) noexcept {
  if (failure != nullptr && *failure == 0) {
    *failure = errno;
  } else {
    std::perror(message);
    std::abort();
  }
}

int to_libev(Interest interest) {
  return (any(interest & Interest::kRead) ? EV_READ : 0) |
         (any(interest & Interest::kWrite) ? EV_WRITE : 0);
}

}  // namespace

LibevLoop::LibevLoop(LoopClient& client, unsigned backend) : client_(client) {
  ev_set_syserr_cb(on_system_error);
  loop_ = libev::make_ev_loop(backend);
  ev_timer_init(&bound_, on_bound, 0., 0.);
  ev_async_init(&waker_, on_wake);
  ev_async_start(loop_.get(), &waker_);
}

void LibevLoop::pass(Duration at_most) {
  if (!changed_.empty() && refuse_closed()) at_most = Duration::zero();
  const bool waits = at_most > Duration::zero();
  const bool bounded = waits && at_most != kNever;
  if (bounded) start(bound_, at_most);
  int error = 0;
  int* const outer = std::exchange(failure, &error);  // of a loop in whose callback this one runs
  ev_run(loop_.get(), waits ? EVRUN_ONCE : EVRUN_NOWAIT);
  failure = outer;
  if (bounded) ev_timer_stop(loop_.get(), &bound_);
  if (error != 0) throw_errno("ev_run", error);
}

/// Returns whether there were any.
bool LibevLoop::refuse_closed() {
  bool found = false;
  while (!changed_.empty()) {
    const int fd = changed_.back();
    changed_.pop_back();
    ev_io& watched = watched_[static_cast<std::size_t>(fd)];
    if (!ev_is_active(&watched) || ::fcntl(fd, F_GETFD) >= 0) continue;
    found = true;
    ev_io_stop(loop_.get(), &watched);
    client_.refused(fd, EBADF);
  }
  return found;
}

void LibevLoop::watch(int fd, Interest interest) {
  const auto number = static_cast<std::size_t>(fd);
  if (number >= watched_.size()) watched_.resize(number + 1);
  changed_.push_back(fd);
  ev_io& watched = watched_[number];
  if (ev_is_active(&watched)) {
    ev_io_stop(loop_.get(), &watched);
    ev_io_modify(&watched, to_libev(interest));
  } else {
    ev_io_init(&watched, on_ready, fd, to_libev(interest));
    watched.data = &client_;
  }
  ev_io_start(loop_.get(), &watched);
}

void LibevLoop::unwatch(int fd) noexcept {
  ev_io_stop(loop_.get(), &watched_[static_cast<std::size_t>(fd)]);
}

void LibevLoop::on_ready(struct ev_loop*, ev_io* watched, int what) {
  auto& client = *static_cast<LoopClient*>(watched->data);
  if ((what & EV_ERROR) != 0) return client.refused(watched->fd, EBADF);
  Ready ready = Ready::kNone;
  if ((what & EV_READ) != 0) ready |= Ready::kRead;
  if ((what & EV_WRITE) != 0) ready |= Ready::kWrite;
  client.ready(watched->fd, ready);
}

void LibevLoop::arm(TimerSlot slot, TimePoint deadline) {
  while (slot >= timers_.size()) {
    Timer& timer = timers_.emplace_back();
    timer.slot = static_cast<TimerSlot>(timers_.size() - 1);
    ev_init(&timer, on_due);
    timer.data = &client_;
  }
  start(timers_[slot], std::max(deadline, TimePoint()) - now() - Duration(1));  // c)
}

/// A negative delay, of a deadline that has passed, keeps its place among others.
void LibevLoop::start(ev_timer& timer, Duration delay) {
  ev_timer_stop(loop_.get(), &timer);
  ev_now_update(loop_.get());
  ev_timer_set(&timer, std::chrono::duration<double>(delay).count(), 0.);
  ev_timer_start(loop_.get(), &timer);
}

void LibevLoop::disarm(TimerSlot slot) noexcept {
  ev_timer_stop(loop_.get(), &timers_[slot]);
}

void LibevLoop::on_due(struct ev_loop*, ev_timer* timer, int) {
  static_cast<LoopClient*>(timer->data)->due(static_cast<Timer*>(timer)->slot);
}

void LibevLoop::wake() noexcept {
  ev_async_send(loop_.get(), &waker_);
}

std::string LibevLoop::evidence() const {
  return libev::evidence_of(loop_);
}

}  // namespace loopmark
