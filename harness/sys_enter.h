// SPDX-License-Identifier: MIT
//
// The kernel's own count of system calls: its tracepoint raw_syscalls:sys_enter, by
// perf_event_open(2). Only a privileged process may have it.
#pragma once

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>

namespace loopmark::harness {

/// A counter of the system calls that this thread begins, and the threads it will have when `inherited`; stopped until
/// prctl(PR_TASK_PERF_EVENTS_ENABLE); -1 where it cannot be had.
inline int open_sys_enter(bool inherited) {
  std::FILE* const file = std::fopen("/sys/kernel/tracing/events/raw_syscalls/sys_enter/id", "re");
  if (file == nullptr) return -1;
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = PERF_TYPE_TRACEPOINT;
  attributes.disabled = 1;
  attributes.inherit = inherited;
  unsigned long long id = 0;
  const bool read = std::fscanf(file, "%llu", &id) == 1;
  std::fclose(file);
  attributes.config = id;
  if (!read) return -1;
  return static_cast<int>(::syscall(SYS_perf_event_open, &attributes, 0, -1, -1,
                                    static_cast<unsigned long>(PERF_FLAG_FD_CLOEXEC)));
}

}  // namespace loopmark::harness
