// SPDX-License-Identifier: MIT
#include "harness/strays.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

namespace loopmark::harness {
namespace {

bool has_ended(pid_t child) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
         info.si_pid == child;
}

/// Of a child of ours.
bool bears(pid_t child, const std::string& mark) {
  // In the midst of an exec a process shows no environment at all, as one does that has ended, or was given none.
  for (int look = 0; look < 50; ++look) {
    std::ifstream file(fmt::format("/proc/{}/environ", child), std::ios::binary);
    bool empty = true;
    for (std::string variable; std::getline(file, variable, '\0'); empty = false) {
      if (variable == mark) return true;
    }
    if (!empty || has_ended(child)) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

}  // namespace

std::string make_mark() {
  static unsigned number = 0;
  return fmt::format("LOOPMARK_WORKER={}.{}", ::getpid(), ++number);
}

void adopt_strays() {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

void kill_strays(const std::string& mark) {
  // The death of one makes its children ours; the bound is for those that fork as fast as they are
  // killed.
  bool found = true;
  for (int round = 0; found && round < 100; ++round) {
    found = false;
    std::ifstream children(fmt::format("/proc/self/task/{}/children", ::gettid()));
    for (pid_t child; children >> child;) {
      // One that has ended bears nothing any more. Workers, who are waited for elsewhere, lead their sessions.
      if (::getsid(child) != child && ::waitpid(child, nullptr, WNOHANG) == child) continue;
      if (!bears(child, mark)) continue;
      found = true;
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
    }
  }
}

}  // namespace loopmark::harness
