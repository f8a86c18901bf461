// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace loopmark::harness {

/// What a new process starts with. The descriptors stay the caller's.
struct SpawnPlan {
  const std::vector<std::string>& arguments;  // the program's path first
  const std::string& mark;  // a line for its environment, beside those of this process
  int input;
  int output;
  int errors;
  int results;                 // becomes descriptor 3; no other above 2 is left open
  std::uint64_t memory_limit;  // address space, bytes; 0 for none
};

/// Starts a process as the leader of a new session and group. It is killed when the calling thread
/// ends, has no signal blocked or ignored, leaves no core file, and may be traced. Throws
/// std::system_error; a program that cannot be executed says so on `errors` and exits with status
/// 127.
pid_t spawn(const SpawnPlan& plan);

}  // namespace loopmark::harness
