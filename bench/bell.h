// SPDX-License-Identifier: MIT
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "reactors/base/check.h"
#include "reactors/base/unique_fd.h"

namespace loopmark::bench {

/// Rung in one thread, heard in the loop of another, which watches its descriptor for reading.
class Bell {
 public:
  int descriptor() const { return fd_.get(); }

  /// Any thread.
  void ring() {
    const std::uint64_t one = 1;
    check_call(static_cast<int>(::write(fd_.get(), &one, sizeof one)), "write to an eventfd");
  }

  /// Whether it was rung since it was last heard.
  bool heard() {
    std::uint64_t times;
    return ::read(fd_.get(), &times, sizeof times) == sizeof times;
  }

 private:
  UniqueFd fd_{check_call(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd")};
};

}  // namespace loopmark::bench
