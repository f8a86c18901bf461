// SPDX-License-Identifier: MIT
//
// What a worker process is told, and what became of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reactors/base/time.h"

namespace loopmark::harness {

/// The descriptor that a worker writes its results to. A program that shall use it is told with
/// --result-fd.
inline constexpr int kResultFd = 3;

struct WorkerCommand {
  std::vector<std::string> arguments;  // the program's path first
  Duration time_limit = kNever;        // after which it is killed
  bool takes_commands = false;         // its standard input is a pipe from send(), else /dev/null
  bool traced_on_timeout = true;       // the stacks of its threads are taken before it is killed
  /// Bytes of standard output, and of standard error; the last ones are kept.
  std::size_t kept_output = 64 << 10;
  /// Bytes of address space; not applied under sanitizers.
  std::uint64_t memory_limit = std::uint64_t{4} << 30;
};

struct WorkerOutcome {
  enum class End {
    kExited,     // by itself; code is its exit status
    kSignalled,  // code is the signal's number
    kTimedOut,   // killed at the end of its time
  };
  End end = End::kExited;
  int code = 0;
  std::string results;  // what came through the result pipe, unread
  std::string output;   // what standard output had to say
  std::string errors;   // and standard error
  std::string stacks;   // of a timed-out worker's threads, or why there are none
  Duration elapsed{};
};

/// How it ended, in words: "was killed by SIGSEGV (Segmentation fault)", "exited with status 7".
std::string describe(const WorkerOutcome& outcome);

/// Runs one worker to its end; for one beside others see WorkerProcess. Throws as that does.
WorkerOutcome run_worker(WorkerCommand command);

}  // namespace loopmark::harness
