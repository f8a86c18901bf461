// SPDX-License-Identifier: MIT
//
// Notes.
//
// a) The calls below are exported by the executable, so the dynamic linker gives them to every library in the process
//    instead of libc's, which RTLD_NEXT still finds. Libraries built with _FORTIFY_SOURCE call __poll_chk.
// b) With the virtual clock, a wait first asks the kernel without waiting: what is ready is ready at this instant.
// c) A library may wait without end and have a timerfd in its set (libevent's precise timers). The deadline of an armed
//    timerfd is kept here on the virtual clock; when a wait would pass it, the clock goes there and the real timerfd is
//    made to fire at once.
#include "conformance/kernel.h"

#include <dlfcn.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <ctime>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "conformance/spin.h"

namespace loopmark::conformance::kernel {
namespace {

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

constexpr std::size_t kKeptWaits = 10'000;

/// What the calls below share. The clock may be read in any thread; the rest belongs to the observed one.
struct State {
  std::vector<Wait> waits;
  std::size_t wait_count = 0;
  std::size_t wait_limit = 100'000;
  std::function<void()> on_block;
  int error = 0;
  int errors_left = 0;
  std::atomic<bool> clock_is_virtual{false};
  std::atomic<std::int64_t> advanced{0};  // nanoseconds since the clock was frozen
  std::map<clockid_t, std::int64_t> frozen;
  std::mutex timers_mutex;
  std::map<int, std::int64_t> timers;  // armed timerfds: the value of `advanced` at which they fire
};

State& state() {
  static State the_state;
  return the_state;
}

thread_local bool observed = false;

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

timespec to_timespec(std::int64_t ns) {
  return {ns / 1'000'000'000, ns % 1'000'000'000};
}

Duration of(const timespec* time) {
  return time ? Duration(nanoseconds(*time)) : kNever;
}

constexpr clockid_t kClocks[] = {CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW,   CLOCK_MONOTONIC_COARSE,
                                 CLOCK_REALTIME,  CLOCK_REALTIME_COARSE, CLOCK_BOOTTIME};

int real_clock(clockid_t clock, timespec* time) {
  static auto* const real = next<int(clockid_t, timespec*)>("clock_gettime");
  return real(clock, time);
}

int real_timerfd(int fd, int flags, const itimerspec* value, itimerspec* old) {
  static auto* const real = next<int(int, int, const itimerspec*, itimerspec*)>("timerfd_settime");
  return real(fd, flags, value, old);
}

std::optional<std::int64_t> next_timer() {
  const std::lock_guard lock(state().timers_mutex);
  std::optional<std::int64_t> least;
  for (const auto& [fd, at] : state().timers) least = std::min(least.value_or(at), at);
  return least;
}

/// Moves the virtual clock to `at` and lets the timerfds that are due by then fire.
void advance_to(std::int64_t at) {
  state().advanced = std::max<std::int64_t>(state().advanced, at);
  const std::lock_guard lock(state().timers_mutex);
  std::erase_if(state().timers, [](const auto& timer) {
    if (timer.second > state().advanced) return false;
    const itimerspec at_once{{}, {0, 1}};
    real_timerfd(timer.first, 0, &at_once, nullptr);
    return true;
  });
}

/// A wait: `call(true)` asks the kernel without waiting, `call(false)` as the caller wants it.
template <class Call>
int wait(const char* name, Duration timeout, Call call) {
  if (!observed) return call(false);
  State& s = state();
  if (++s.wait_count > s.wait_limit) report_spin(name, s.wait_limit);
  const auto note = [&](int result) {
    const int error = errno;
    if (s.waits.size() < kKeptWaits) s.waits.push_back({name, timeout, result});
    errno = error;
    return result;
  };
  if (s.errors_left > 0) {
    --s.errors_left;
    errno = s.error;
    return note(-1);
  }
  if (timeout == Duration::zero()) return note(call(false));
  if (s.clock_is_virtual) {
    const int ready = call(true);
    if (ready != 0) return note(ready);
    const std::optional<std::int64_t> timer = next_timer();
    if (timeout != kNever || timer) {
      const std::int64_t end = timeout == kNever ? *timer : s.advanced + timeout.count();
      const bool timer_first = timer && *timer <= end;
      advance_to(timer_first ? *timer : end);
      return note(
          call(!timer_first));  // a timerfd that was made to fire takes a moment: wait for it
    }
  }
  if (s.on_block) {
    const int ready = call(true);
    if (ready != 0) return note(ready);
    std::exchange(s.on_block, nullptr)();
  }
  return note(call(false));
}

constexpr timespec kAtOnce{};

Duration of_ms(int ms) {
  return ms < 0 ? kNever : Duration(std::chrono::milliseconds(ms));
}

}  // namespace

std::vector<Wait> waits() {
  return state().waits;
}
std::size_t wait_count() {
  return state().wait_count;
}

void forget_waits() {
  state().waits.clear();
  state().wait_count = 0;
}

void observe_this_thread() {
  observed = true;
}
void limit_waits(std::size_t limit) {
  state().wait_limit = limit;
}

void use_virtual_clock() {
  for (const clockid_t clock : kClocks) {
    timespec now{};
    real_clock(clock, &now);
    state().frozen[clock] = nanoseconds(now);
  }
  state().clock_is_virtual = true;
}

void advance(Duration by) {
  advance_to(state().advanced + by.count());
}
void step_wall_clock(Duration by) {
  state().frozen[CLOCK_REALTIME] += by.count();
  state().frozen[CLOCK_REALTIME_COARSE] += by.count();
}
void on_next_block(std::function<void()> hook) {
  state().on_block = std::move(hook);
}

void fail_waits(int error, int times) {
  state().error = error;
  state().errors_left = times;
}

}  // namespace loopmark::conformance::kernel

// The calls that are stood before. Their names and types are the system's.
namespace kernel = loopmark::conformance::kernel;
#define EXPORTED extern "C" __attribute__((visibility("default")))

EXPORTED int epoll_wait(int epfd, epoll_event* events, int size, int ms) {
  static auto* const real = kernel::next<int(int, epoll_event*, int, int)>("epoll_wait");
  return kernel::wait("epoll_wait", kernel::of_ms(ms),
                      [&](bool at_once) { return real(epfd, events, size, at_once ? 0 : ms); });
}

EXPORTED int epoll_pwait(int epfd, epoll_event* events, int size, int ms, const sigset_t* mask) {
  static auto* const real =
      kernel::next<int(int, epoll_event*, int, int, const sigset_t*)>("epoll_pwait");
  return kernel::wait("epoll_pwait", kernel::of_ms(ms), [&](bool at_once) {
    return real(epfd, events, size, at_once ? 0 : ms, mask);
  });
}

EXPORTED int epoll_pwait2(int epfd, epoll_event* events, int size, const timespec* limit,
                          const sigset_t* mask) {
  static auto* const real =
      kernel::next<int(int, epoll_event*, int, const timespec*, const sigset_t*)>("epoll_pwait2");
  return kernel::wait("epoll_pwait2", kernel::of(limit), [&](bool at_once) {
    return real(epfd, events, size, at_once ? &kernel::kAtOnce : limit, mask);
  });
}

EXPORTED int poll(pollfd* fds, nfds_t count, int ms) {
  static auto* const real = kernel::next<int(pollfd*, nfds_t, int)>("poll");
  return kernel::wait("poll", kernel::of_ms(ms),
                      [&](bool at_once) { return real(fds, count, at_once ? 0 : ms); });
}

EXPORTED int __poll_chk(pollfd* fds, nfds_t count, int ms, std::size_t) {
  return poll(fds, count, ms);
}

EXPORTED int ppoll(pollfd* fds, nfds_t count, const timespec* limit, const sigset_t* mask) {
  static auto* const real =
      kernel::next<int(pollfd*, nfds_t, const timespec*, const sigset_t*)>("ppoll");
  return kernel::wait("ppoll", kernel::of(limit), [&](bool at_once) {
    return real(fds, count, at_once ? &kernel::kAtOnce : limit, mask);
  });
}

EXPORTED int __ppoll_chk(pollfd* fds, nfds_t count, const timespec* limit, const sigset_t* mask,
                         std::size_t) {
  return ppoll(fds, count, limit, mask);
}

// The sets are overwritten by the call. A library's may be larger than an fd_set, so what is asked for is kept by size.
EXPORTED int select(int end, fd_set* readers, fd_set* writers, fd_set* others, timeval* limit) {
  static auto* const real = kernel::next<int(int, fd_set*, fd_set*, fd_set*, timeval*)>("select");
  const std::size_t bytes = (static_cast<std::size_t>(end) + 63) / 64 * 8;
  const auto copy = [bytes](fd_set* set) {
    const auto* const begin = reinterpret_cast<const char*>(set);
    return set ? std::vector<char>(begin, begin + bytes) : std::vector<char>();
  };
  const std::vector<char> asked[] = {copy(readers), copy(writers), copy(others)};
  fd_set* const sets[] = {readers, writers, others};
  const timeval asked_limit = limit ? *limit : timeval{};
  const loopmark::Duration timeout =
      limit ? std::chrono::seconds(limit->tv_sec) + std::chrono::microseconds(limit->tv_usec)
            : loopmark::kNever;
  return kernel::wait("select", timeout, [&](bool at_once) {
    for (std::size_t i = 0; i < 3; ++i) {
      std::copy(asked[i].begin(), asked[i].end(), reinterpret_cast<char*>(sets[i]));
    }
    timeval now{};
    if (at_once) return real(end, readers, writers, others, &now);
    if (limit) *limit = asked_limit;
    return real(end, readers, writers, others, limit);
  });
}

EXPORTED int pselect(int end, fd_set* readers, fd_set* writers, fd_set* others,
                     const timespec* limit, const sigset_t*) {
  timeval time{};
  if (limit) time = {limit->tv_sec, (limit->tv_nsec + 999) / 1000};
  return select(end, readers, writers, others, limit ? &time : nullptr);
}

EXPORTED int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const kernel::State& s = kernel::state();
  if (s.clock_is_virtual) {
    const auto frozen = s.frozen.find(clock);
    if (frozen != s.frozen.end()) {
      *time = kernel::to_timespec(frozen->second + s.advanced);
      return 0;
    }
  }
  return kernel::real_clock(clock, time);
}

EXPORTED int gettimeofday(timeval* time, void*) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  *time = {now.tv_sec, now.tv_nsec / 1000};
  return 0;
}

EXPORTED int timerfd_settime(int fd, int flags, const itimerspec* value, itimerspec* old) noexcept {
  kernel::State& s = kernel::state();
  if (!s.clock_is_virtual) return kernel::real_timerfd(fd, flags, value, old);
  const std::int64_t when = kernel::nanoseconds(value->it_value);
  const bool absolute = (flags & TFD_TIMER_ABSTIME) != 0;
  {
    const std::lock_guard lock(s.timers_mutex);
    s.timers.erase(fd);
    if (when != 0) s.timers[fd] = absolute ? when - s.frozen[CLOCK_MONOTONIC] : s.advanced + when;
  }
  const itimerspec disarmed{};
  const int result = kernel::real_timerfd(fd, 0, &disarmed, old);
  kernel::advance_to(s.advanced);  // it may be due already
  return result;
}
