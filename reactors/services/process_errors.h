// SPDX-License-Identifier: MIT
//
// How child processes end. Catch by base (ERR-09): ProcessDone is a clean end, ProcessTerminated any other.
#pragma once

#include <optional>
#include <string>
#include <system_error>

#include "reactors/errors.h"

namespace loopmark {

/// It exited with status 0.
struct ProcessDone : ConnectionDone {
  ProcessDone() : ConnectionDone("the process exited with status 0") {}
};

/// It exited with another status or by a signal; or somebody else has reaped it, and neither is known (PROC-END-04).
struct ProcessTerminated : ConnectionLost {
  static ProcessTerminated by_exit(int code) {
    return {"the process exited with status " + std::to_string(code), code, {}};
  }
  static ProcessTerminated by_signal(int number) {
    return {"the process was ended by signal " + std::to_string(number), {}, number};
  }
  static ProcessTerminated unknown() {
    return {"the process has ended, and somebody else has reaped it", {}, {}};
  }

  const std::optional<int> exit_code;
  const std::optional<int> signal;

 private:
  ProcessTerminated(const std::string& how, std::optional<int> code, std::optional<int> number)
      : ConnectionLost(how), exit_code(code), signal(number) {}
};

/// signal_process() when the process is gone (PROC-END-06).
struct ProcessExitedAlready : std::system_error {
  ProcessExitedAlready()
      : system_error(std::make_error_code(std::errc::no_such_process), "signal_process") {}
};

}  // namespace loopmark
