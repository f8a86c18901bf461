// SPDX-License-Identifier: MIT
#include "bench/preloaded/clock.h"

#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

namespace {

// Nanoseconds. A step is the finest that every library sees: two readings are never equal.
constexpr std::int64_t kStep = 1'000;
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kBetweenSlots = 10 * kSecond;
constexpr std::int64_t kBooted = 1'700'000'000 * kSecond;  // by the wall clock

std::atomic<std::int64_t> now = 100 * kBetweenSlots;  // by the steady ones

std::int64_t read_clock() {
  return now.fetch_add(kStep, std::memory_order_relaxed);
}

}  // namespace

namespace loopmark::bench {

void move_clocks_on() {
  now = (now / kBetweenSlots + 1) * kBetweenSlots;
}

}  // namespace loopmark::bench

extern "C" {

[[gnu::visibility("default")]] int clock_gettime(clockid_t clock, timespec* time) noexcept {
  std::int64_t since = 0;
  switch (clock) {
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
      since = read_clock();
      break;
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
      since = kBooted + read_clock();
      break;
    default:
      return static_cast<int>(::syscall(SYS_clock_gettime, clock, time));
  }
  *time = {since / kSecond, since % kSecond};
  return 0;
}

[[gnu::visibility("default")]] int gettimeofday(timeval* time, void*) noexcept {
  const std::int64_t since = kBooted + read_clock();
  *time = {since / kSecond, since % kSecond / 1'000};
  return 0;
}

}  // extern "C"
