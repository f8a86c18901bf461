// SPDX-License-Identifier: MIT
#pragma once

#include "reactors/base/unique_fd.h"

namespace loopmark::bench {

/// Tells whether the thread that made it sleeps, as the kernel says it in /proc.
class SleepWatch {
 public:
  /// Throws Refused where /proc cannot be read.
  SleepWatch();

  /// Any thread. Takes some microseconds.
  bool asleep() const;

 private:
  UniqueFd stat_;
};

}  // namespace loopmark::bench
