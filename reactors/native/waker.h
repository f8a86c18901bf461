// SPDX-License-Identifier: MIT
#pragma once

#include <sys/eventfd.h>

#include <cerrno>
#include <cstdint>

#include "reactors/base/check.h"
#include "reactors/base/unique_fd.h"

namespace loopmark {

/// A descriptor that becomes readable when any thread asks for it: an eventfd, non-blocking and close-on-exec.
class Waker {
 public:
  Waker() : fd_(check_call(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd")) {}

  int fd() const { return fd_.get(); }

  /// Any thread. Fails only when the counter is full (EAGAIN), and then it is readable already.
  void wake() noexcept {
    const std::uint64_t one = 1;
    while (::write(fd_.get(), &one, sizeof one) < 0 && errno == EINTR) {
    }
  }

  /// Makes it unreadable again. Interrupted or not, a counter that is left over only wakes once more.
  void drain() noexcept {
    std::uint64_t count;
    [[maybe_unused]] const ssize_t got = ::read(fd_.get(), &count, sizeof count);
  }

 private:
  UniqueFd fd_;
};

}  // namespace loopmark
