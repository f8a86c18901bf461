// SPDX-License-Identifier: MIT
//
// The clocks of a process that is counted: all go on by 1 us with each reading, whoever reads, and
// by nothing else. So two such processes see the same times, and what a loop does by the clock, such
// as where among others it puts a timer, repeats. Used processor time is the kernel's.
#pragma once

namespace loopmark::bench {

/// Moves them to the next multiple of 10 s, between two slots: what a library does anew every few
/// seconds, such as compare its clocks, it then does once in each slot.
void move_clocks_on();

}  // namespace loopmark::bench
