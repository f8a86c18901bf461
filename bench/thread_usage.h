// SPDX-License-Identifier: MIT
#pragma once

#include <sys/resource.h>
#include <time.h>

#include <cstdint>

namespace loopmark::bench {

/// What `clock` shows, in nanoseconds: clock_gettime(2).
inline std::int64_t time_of(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

/// Nanoseconds of its processor that this thread has used.
inline std::int64_t thread_cpu_time() {
  return time_of(CLOCK_THREAD_CPUTIME_ID);
}

/// How often this thread has gone to sleep so far.
inline std::int64_t sleeps() {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_nvcsw;
}

}  // namespace loopmark::bench
