// SPDX-License-Identifier: MIT
//
// What happens to the descriptors that wake loops: every backend's is an eventfd.
#pragma once

#include <cstdint>

namespace loopmark::conformance::interleavings {

/// From here on each new eventfd's counter is full, or empty again: a write to it fails with EAGAIN until it was read.
void make_wakers_full(bool full);

/// A fault in the place of the kernel's, to see that a search finds it on any backend.
enum class Plant {
  kNone,
  kEarlyWakesLost,  // of controlled threads: what is written to an eventfd before the first thread sleeps is lost
};
void plant(Plant fault);

/// From here on it is counted how often this thread's loop fell asleep: waits for which nothing was ready when they began.
void count_sleeps();
std::uint64_t sleeps();

}  // namespace loopmark::conformance::interleavings
