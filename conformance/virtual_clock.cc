// SPDX-License-Identifier: MIT
//
// Notes.
//
// a) A library may wait without end and have a timerfd in its set (libevent's precise timers). The deadline of an armed
//    timerfd is kept here on the virtual clock; when a wait would pass it, the clock goes there and the real timerfd is
//    made to fire at once.
// b) A coarse clock is behind its fine one, by a tick at most. It is so here, too, however long this thread was kept from
//    running between the two readings: were it ahead, a library that goes by it would call a timer due that is not, for
//    ever, as time stands still.
#include "conformance/virtual_clock.h"

#include <sys/time.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <atomic>
#include <ctime>
#include <map>
#include <mutex>

#include "conformance/kernel.h"

namespace loopmark::conformance::kernel {
namespace {

constexpr clockid_t kClocks[] = {CLOCK_MONOTONIC_RAW, CLOCK_BOOTTIME};

struct CoarseClock {
  clockid_t coarse;
  clockid_t fine;
};
constexpr CoarseClock kCoarseClocks[] = {{CLOCK_MONOTONIC_COARSE, CLOCK_MONOTONIC},
                                         {CLOCK_REALTIME_COARSE, CLOCK_REALTIME}};

struct State {
  std::atomic<bool> is_virtual{false};
  std::atomic<std::int64_t> advanced{0};  // nanoseconds since the clocks were frozen
  std::map<clockid_t, std::int64_t> frozen;
  std::int64_t tick = 0;  // of the coarse clocks, ns; 0: they are behind as they were when frozen
  std::mutex timers_mutex;
  std::map<int, std::int64_t> timers;  // armed timerfds: the value of `advanced` at which they fire
};

State& state() {
  static State the_state;
  return the_state;
}

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

int real_clock(clockid_t clock, timespec* time) {
  static auto* const real = next<int(clockid_t, timespec*)>("clock_gettime");
  return real(clock, time);
}

int real_timerfd(int fd, int flags, const itimerspec* value, itimerspec* old) {
  static auto* const real = next<int(int, int, const itimerspec*, itimerspec*)>("timerfd_settime");
  return real(fd, flags, value, old);
}

std::int64_t real_time(clockid_t clock) {
  timespec now{};
  real_clock(clock, &now);
  return nanoseconds(now);
}

bool is_coarse(clockid_t clock) {
  return clock == CLOCK_MONOTONIC_COARSE || clock == CLOCK_REALTIME_COARSE;
}

int read_clock(clockid_t clock, timespec* time) {
  const State& s = state();
  const auto frozen = s.is_virtual ? s.frozen.find(clock) : s.frozen.end();
  if (frozen == s.frozen.end()) return real_clock(clock, time);
  std::int64_t now = frozen->second + s.advanced;
  if (s.tick != 0 && is_coarse(clock)) now -= now % s.tick;
  *time = {now / 1'000'000'000, now % 1'000'000'000};
  return 0;
}

int arm_timerfd(int fd, int flags, const itimerspec* value, itimerspec* old) {
  State& s = state();
  if (!s.is_virtual) return real_timerfd(fd, flags, value, old);
  const std::int64_t when = nanoseconds(value->it_value);
  const bool absolute = (flags & TFD_TIMER_ABSTIME) != 0;
  {
    const std::lock_guard lock(s.timers_mutex);
    s.timers.erase(fd);
    if (when != 0) s.timers[fd] = absolute ? when - s.frozen[CLOCK_MONOTONIC] : s.advanced + when;
  }
  const itimerspec disarmed{};
  const int result = real_timerfd(fd, 0, &disarmed, old);
  advance_to(s.advanced);  // it may be due already
  return result;
}

}  // namespace

bool clock_is_virtual() {
  return state().is_virtual;
}
std::int64_t advanced() {
  return state().advanced;
}

void advance_to(std::int64_t at) {
  State& s = state();
  s.advanced = std::max<std::int64_t>(s.advanced, at);
  const std::lock_guard lock(s.timers_mutex);
  std::erase_if(s.timers, [&s](const auto& timer) {
    if (timer.second > s.advanced) return false;
    const itimerspec at_once{{}, {0, 1}};
    real_timerfd(timer.first, 0, &at_once, nullptr);
    return true;
  });
}

std::optional<std::int64_t> next_timer() {
  const std::lock_guard lock(state().timers_mutex);
  std::optional<std::int64_t> least;
  for (const auto& [fd, at] : state().timers) least = std::min(least.value_or(at), at);
  return least;
}

void use_virtual_clock() {
  auto& frozen = state().frozen;
  for (const clockid_t clock : kClocks) frozen[clock] = real_time(clock);
  for (const auto& [coarse, fine] : kCoarseClocks) {
    timespec tick{};
    ::clock_getres(coarse, &tick);
    frozen[coarse] = real_time(coarse);
    frozen[fine] = real_time(fine);
    frozen[coarse] = std::max(frozen[coarse], frozen[fine] - nanoseconds(tick));
  }
  state().is_virtual = true;
}

void tick_coarse_clocks(Duration tick) {
  for (const auto& [coarse, fine] : kCoarseClocks) state().frozen[coarse] = state().frozen[fine];
  state().tick = tick.count();
}

void advance(Duration by) {
  advance_to(advanced() + by.count());
}
void step_wall_clock(Duration by) {
  state().frozen[CLOCK_REALTIME] += by.count();
  state().frozen[CLOCK_REALTIME_COARSE] += by.count();
}

}  // namespace loopmark::conformance::kernel

// The calls that are stood before. Their names and types are the system's.
namespace kernel = loopmark::conformance::kernel;

LOOPMARK_STANDS_BEFORE int clock_gettime(clockid_t clock, timespec* time) noexcept {
  return kernel::read_clock(clock, time);
}

LOOPMARK_STANDS_BEFORE int gettimeofday(timeval* time, void*) noexcept {
  timespec now{};
  kernel::read_clock(CLOCK_REALTIME, &now);
  *time = {now.tv_sec, now.tv_nsec / 1000};
  return 0;
}

LOOPMARK_STANDS_BEFORE int timerfd_settime(int fd, int flags, const itimerspec* value,
                                           itimerspec* old) noexcept {
  return kernel::arm_timerfd(fd, flags, value, old);
}
