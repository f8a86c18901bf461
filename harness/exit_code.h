// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>

namespace loopmark::harness {

/// What the program tells its caller.
enum class ExitCode : int {
  kOk = 0,
  /// A case failed, crashed, hung or passed against its declaration; a check found something.
  kFailed = 1,
  kUsage = 2,  // an unknown name or option, a bad value
  /// What was asked for by name cannot be loaded, or results cannot be read or written.
  kEnvironment = 3,
  kNothingRan = 4,     // or nothing could be judged
  kInterrupted = 130,  // by Ctrl-C; what was finished is stored
};

/// Ends the command with one line on stderr and this exit code.
struct CommandError : std::runtime_error {
  CommandError(ExitCode exit_code, const std::string& what)
      : runtime_error(what), code(exit_code) {}
  ExitCode code;
};

struct UsageError : CommandError {
  explicit UsageError(const std::string& what) : CommandError(ExitCode::kUsage, what) {}
};

struct EnvironmentError : CommandError {
  explicit EnvironmentError(const std::string& what) : CommandError(ExitCode::kEnvironment, what) {}
};

struct NothingRan : CommandError {
  explicit NothingRan(const std::string& what) : CommandError(ExitCode::kNothingRan, what) {}
};

}  // namespace loopmark::harness
