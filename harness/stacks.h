// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace loopmark::harness {

/// The command that prints the stacks of all threads of `process`, or nothing when no debugger is
/// installed.
std::vector<std::string> debugger_command(pid_t process);

/// What the kernel says of each thread of `process`: name, state, where it waits and in which
/// system call.
std::string kernel_view(pid_t process);

}  // namespace loopmark::harness
