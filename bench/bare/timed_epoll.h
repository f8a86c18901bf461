// SPDX-License-Identifier: MIT
#pragma once

#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "bench/arm.h"
#include "bench/bare/epoll.h"
#include "bench/bare/timer_heap.h"
#include "reactors/base/check.h"
#include "reactors/base/unique_fd.h"

namespace loopmark::bench::bare {

/// The least that a loop with timers over epoll(7) can be: a TimedLoop (timed_loop.h). A pass reads
/// the clock when a timer is set, calls those that are due by that, waits, and calls those that can
/// be read. Each set() and reset() reads the clock, too: who takes an older time fires early.
template <class Client>
class TimedEpoll {
 public:
  TimedEpoll(ArmLoop, Client& client) : client_(client) {}

  void add_timers(std::size_t count) { heap_.add(count); }
  void set(std::size_t timer, Duration delay) { heap_.set(timer, Clock::now() + delay); }
  void reset(std::size_t timer, Duration delay) { set(timer, delay); }
  void cancel(std::size_t timer) { heap_.cancel(timer); }

  void watch(int fd, std::size_t i) { control(EPOLL_CTL_ADD, fd, EPOLLIN, i); }

  /// The kernel itself ends a registration that has had its event, and keeps it for the next time.
  void watch_once(int fd, std::size_t i) {
    if (control(EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLONESHOT, i, ENOENT)) return;
    control(EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLONESHOT, i);
  }

  void run() {
    for (stopped_ = false; !stopped_;) pass();
  }
  void stop() { stopped_ = true; }

  std::string evidence() const { return std::string(kBareEpoll); }

 private:
  /// Returns whether it has worked. Throws unless the error is `legal`.
  bool control(int operation, int fd, std::uint32_t mask, std::size_t i, int legal = 0) {
    epoll_event event{};
    event.events = mask;
    event.data.u64 = i;
    const bool done = ::epoll_ctl(epoll_.get(), operation, fd, &event) == 0;
    if (!done && errno != legal) throw_errno("epoll_ctl");
    return done;
  }

  void pass() {
    const Duration left = serve_timers();
    if (stopped_) return;
    int count = wait(left);
    if (count < 0 && errno != EINTR) throw_errno("epoll_wait");
    busy_ = count > 0;
    for (const epoll_event* event = events_; count > 0; --count, ++event) {
      client_.readable(event->data.u64);
    }
  }

  /// Returns how long it is to the next deadline then.
  Duration serve_timers() {
    if (heap_.empty()) return kNever;
    TimePoint now = Clock::now();
    bool served = false;
    for (std::size_t timer; heap_.take_due(now, timer); served = true) client_.due(timer);
    if (heap_.empty()) return kNever;
    if (served) now = Clock::now();
    return std::max(heap_.next() - now, Duration::zero());
  }

  /// A finite timeout makes the kernel set up a timer, also when something is ready: so a loop that
  /// was busy asks first.
  int wait(Duration left) {
    if (left == kNever) return ::epoll_wait(epoll_.get(), events_, kMostEvents, -1);
    if (busy_ || left == Duration::zero()) {
      const int count = ::epoll_wait(epoll_.get(), events_, kMostEvents, 0);
      if (count != 0 || left == Duration::zero()) return count;
    }
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    const timespec limit{seconds.count(), (left - seconds).count()};
    const int count = ::epoll_pwait2(epoll_.get(), events_, kMostEvents, &limit, nullptr);
    if (count >= 0 || errno != ENOSYS) return count;  // before Linux 5.11, and under Valgrind
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    return ::epoll_wait(epoll_.get(), events_, kMostEvents, static_cast<int>(ms));
  }

  Client& client_;
  TimerHeap heap_;
  UniqueFd epoll_{check_call(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")};
  epoll_event events_[kMostEvents];
  bool busy_ = false;
  bool stopped_ = false;
};

}  // namespace loopmark::bench::bare
