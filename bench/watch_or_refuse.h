// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <system_error>

#include "bench/workload.h"

namespace loopmark::bench {

/// Calls `watch`, which has a loop watch `fd`. Throws Refused when the loop cannot.
template <class Watch>
void watch_or_refuse(int fd, Watch watch) {
  try {
    watch();
  } catch (const std::system_error& error) {
    throw Refused("cannot watch descriptor " + std::to_string(fd) + ": " + error.what());
  }
}

}  // namespace loopmark::bench
