// SPDX-License-Identifier: MIT
#include "harness/strays.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

namespace loopmark::harness {
namespace {

bool bears(pid_t process, const std::string& mark) {
  std::ifstream file(fmt::format("/proc/{}/environ", process), std::ios::binary);
  for (std::string variable; std::getline(file, variable, '\0');) {
    if (variable == mark) return true;
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
      if (::getsid(child) != child) ::waitpid(child, nullptr, WNOHANG);
      if (!bears(child, mark)) continue;
      found = true;
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
    }
  }
}

}  // namespace loopmark::harness
