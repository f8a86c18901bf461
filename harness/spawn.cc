// SPDX-License-Identifier: MIT
#include "harness/spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "reactors/base/check.h"

namespace loopmark::harness {
namespace {

/// Puts the four descriptors where the program looks for them. They are moved out of the way first,
/// since any of them may stand where another one belongs.
void place_descriptors(const SpawnPlan& plan) {
  constexpr int kOutOfTheWay = 10;
  int from[4] = {plan.input, plan.output, plan.errors, plan.results};
  for (int& fd : from) fd = ::fcntl(fd, F_DUPFD, kOutOfTheWay);
  for (int to = 0; to < 4; ++to) ::dup2(from[to], to);
  ::close_range(4, ~0U, 0);
}

void reset_signals() {
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void limit(int resource, rlim_t value) {
  const rlimit both{value, value};
  ::setrlimit(static_cast<__rlimit_resource>(resource), &both);
}

/// The new process, up to its program. Async-signal-safe calls only, until there is no program:
/// then it says why, as a process of one thread may.
[[noreturn]] void become(const SpawnPlan& plan, char* const* arguments, char* const* environment,
                         pid_t parent) {
  ::setsid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // the supervisor died before that took hold
  // Where Yama guards ptrace(2): the debugger is no ancestor.
  ::prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
  limit(RLIMIT_CORE, 0);
  if (plan.memory_limit != 0) limit(RLIMIT_AS, plan.memory_limit);
  place_descriptors(plan);
  reset_signals();
  ::execve(arguments[0], arguments, environment);
  const char* const why = ::strerror(errno);
  ::dprintf(STDERR_FILENO, "%s cannot be executed: %s\n", arguments[0], why);
  ::_exit(127);
}

}  // namespace

pid_t spawn(const SpawnPlan& plan) {
  std::vector<char*> arguments;  // execve(2) does not write to them
  for (const std::string& argument : plan.arguments)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  std::vector<char*> environment{const_cast<char*>(plan.mark.c_str())};
  for (char** line = environ; *line != nullptr; ++line) environment.push_back(*line);
  environment.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t child = check_call(::fork(), "fork");
  if (child == 0) become(plan, arguments.data(), environment.data(), parent);
  return child;
}

}  // namespace loopmark::harness
