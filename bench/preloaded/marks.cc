// SPDX-License-Identifier: MIT
//
// Preloaded where system calls or instructions are counted: it marks the timed regions, by one
// system call each, and sets the clocks.
#include <unistd.h>

#include <string>

#include "bench/preloaded/clock.h"
#include "harness/timed_region.h"

namespace {

void announce(const char* place) {
  const std::string line = std::string(loopmark::harness::kAnnouncement) + place + '\n';
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace

void loopmark_region_begins() {
  announce("begins");
}

void loopmark_region_ends() {
  announce("ends");
}

void loopmark_slot_ends() {
  announce("slot");
  loopmark::bench::move_clocks_on();
}
