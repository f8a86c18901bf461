// SPDX-License-Identifier: MIT
#include "bench/stopwatch.h"

#include <sys/resource.h>
#include <time.h>

#include <initializer_list>

#include "bench/thread_usage.h"
#include "harness/timed_region.h"

namespace loopmark::bench {
namespace {

std::int64_t nanoseconds(const timeval& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + std::int64_t{time.tv_usec} * 1'000;
}

}  // namespace

Usage Stopwatch::read_resources() const {
  rusage resources{};
  ::getrusage(whose_ == Whose::kThread ? RUSAGE_THREAD : RUSAGE_SELF, &resources);
  Usage usage;
  usage.user = nanoseconds(resources.ru_utime);
  usage.system = nanoseconds(resources.ru_stime);
  usage.voluntary_switches = resources.ru_nvcsw;
  usage.involuntary_switches = resources.ru_nivcsw;
  usage.faults = resources.ru_minflt + resources.ru_majflt;
  return usage;
}

std::int64_t Stopwatch::cpu_time() const {
  return whose_ == Whose::kThread ? thread_cpu_time() : time_of(CLOCK_PROCESS_CPUTIME_ID);
}

// The wall clock is read last before what is measured, and first after it; only who counts from
// outside is nearer still.

void Stopwatch::start() {
  if (runs_) return;
  runs_ = true;
  began_ = read_resources();
  began_.cpu = cpu_time();
  began_.wall = time_of(CLOCK_MONOTONIC);
  if (loopmark_region_begins != nullptr) loopmark_region_begins();
}

void Stopwatch::stop() {
  if (!runs_) return;
  runs_ = false;
  if (loopmark_region_ends != nullptr) loopmark_region_ends();
  const std::int64_t wall = time_of(CLOCK_MONOTONIC);
  const std::int64_t cpu = cpu_time();
  Usage now = read_resources();
  now.wall = wall;
  now.cpu = cpu;
  for (const auto member :
       {&Usage::wall, &Usage::cpu, &Usage::user, &Usage::system, &Usage::voluntary_switches,
        &Usage::involuntary_switches, &Usage::faults}) {
    used_.*member += now.*member - began_.*member;
  }
}

}  // namespace loopmark::bench
