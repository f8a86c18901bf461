// SPDX-License-Identifier: MIT
//
// When children end.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cerrno>
#include <utility>

#include "conformance/probe.h"

namespace loopmark::conformance {

/// A pipe whose end to read is for children, who wait there until release().
class Gate {
 public:
  Gate() : ends_(make_pipe()) {
    ::fcntl(ends_.first.get(), F_SETFL, 0);  // they wait in read(2)
  }
  int number() const { return ends_.first.get(); }
  void release() { ends_.second.reset(); }

 private:
  std::pair<UniqueFd, UniqueFd> ends_;
};

/// Waits until the child `pid` has ended, and does not reap it.
inline void await_end(pid_t pid) {
  siginfo_t end{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(pid), &end, WEXITED | WNOWAIT), 0);
}

/// Whether this process has no child left, ended or not.
inline bool has_no_child() {
  return ::waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD;
}

}  // namespace loopmark::conformance
