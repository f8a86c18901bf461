// SPDX-License-Identifier: MIT
#pragma once

#include <csignal>
#include <ctime>

namespace loopmark {

/// For its life, a write to a dead pipe in this thread fails with EPIPE and raises nothing: SIGPIPE is blocked, and one
/// that came meanwhile is consumed at the end. No disposition is changed (FD-WRITE-04).
class SigpipeBlock {
 public:
  SigpipeBlock() {
    sigemptyset(&sigpipe_);
    sigaddset(&sigpipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_);
    if (sigismember(&before_, SIGPIPE) == 0) return;  // so none can have been pending
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
  }
  SigpipeBlock(const SigpipeBlock&) = delete;
  SigpipeBlock& operator=(const SigpipeBlock&) = delete;
  ~SigpipeBlock() {
    const timespec at_once{};
    if (!was_pending_) {
      while (sigtimedwait(&sigpipe_, nullptr, &at_once) == SIGPIPE) {
      }
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t sigpipe_;
  sigset_t before_;
  bool was_pending_ = false;
};

}  // namespace loopmark
