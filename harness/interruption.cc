// SPDX-License-Identifier: MIT
#include "harness/interruption.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include "reactors/base/check.h"

namespace loopmark::harness {

Interruption::Interruption() {
  sigset_t asked;
  sigemptyset(&asked);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&asked, number);
  check_call(::sigprocmask(SIG_BLOCK, &asked, &before_), "sigprocmask");
  signals_.reset(check_call(::signalfd(-1, &asked, SFD_NONBLOCK | SFD_CLOEXEC), "signalfd"));
}

Interruption::~Interruption() {
  requested();  // takes what is pending, which would else end the program now
  ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

bool Interruption::requested() {
  signalfd_siginfo info;
  while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    requested_ = true;
  }
  return requested_;
}

}  // namespace loopmark::harness
