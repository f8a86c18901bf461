// SPDX-License-Identifier: MIT
//
// The kernel's own count of system calls: its tracepoint raw_syscalls:sys_enter, by
// perf_event_open(2). Only a privileged process may have it.
#pragma once

#include <fcntl.h>
#include <linux/perf_event.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>

#include "reactors/base/unique_fd.h"

namespace loopmark::harness {

/// The number of the tracepoint; 0 where it cannot be had. Where tracefs is not mounted, it is for this
/// moment, in no folder.
inline std::uint64_t sys_enter_id() {
  const auto id_in = [](int folder) -> std::uint64_t {
    const UniqueFd file(::openat(folder, "events/raw_syscalls/sys_enter/id", O_RDONLY | O_CLOEXEC));
    std::array<char, 24> text{};
    if (!file || ::read(file.get(), text.data(), text.size() - 1) <= 0) return 0;
    return std::strtoull(text.data(), nullptr, 10);
  };
  const UniqueFd mounted(::open("/sys/kernel/tracing", O_PATH | O_CLOEXEC));
  if (const std::uint64_t id = id_in(mounted.get()); id != 0) return id;
  const UniqueFd tracefs(::fsopen("tracefs", FSOPEN_CLOEXEC));
  ::fsconfig(tracefs.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0);
  return id_in(UniqueFd(::fsmount(tracefs.get(), FSMOUNT_CLOEXEC, 0)).get());
}

/// A counter of the system calls that this thread begins, and the threads it will have when `inherited`; stopped until
/// prctl(PR_TASK_PERF_EVENTS_ENABLE); -1 where it cannot be had.
inline int open_sys_enter(bool inherited) {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = PERF_TYPE_TRACEPOINT;
  attributes.config = sys_enter_id();
  attributes.disabled = 1;
  attributes.inherit = inherited;
  if (attributes.config == 0) return -1;
  return static_cast<int>(::syscall(SYS_perf_event_open, &attributes, 0, -1, -1,
                                    static_cast<unsigned long>(PERF_FLAG_FD_CLOEXEC)));
}

}  // namespace loopmark::harness
