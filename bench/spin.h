// SPDX-License-Identifier: MIT
#pragma once

#include <thread>

namespace loopmark::bench {

/// A wait for another thread that keeps the processor, for it will not be long; but it gives it up
/// now and then, for the other may need it. One object for each wait.
class Spin {
 public:
  void turn() {
    if (++turns_ % kTurnsBetweenYields == 0) return std::this_thread::yield();
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
  }

  unsigned turns() const {
    return turns_;
  }

 private:
  static constexpr unsigned kTurnsBetweenYields = 1024;  // some 50 us

  unsigned turns_ = 0;
};

}  // namespace loopmark::bench
