// SPDX-License-Identifier: MIT
//
// What the kernel carries over loopback, which takes it a moment, at times.
#pragma once

#include <string>

namespace loopmark::conformance::programs {

/// Whether something is on its way over a TCP connection to the end `to`, which has nothing to read yet. `from` is the other
/// end, or -1 when that is closed: then the end is still to come.
bool is_under_way(int from, int to);

/// An address of loopback that is this process's own: its ports do not meet those that others have left in TIME_WAIT.
std::string own_address();

/// Returns when a datagram that is sent now over loopback has arrived: so has what was sent before it.
void await_loopback();

}  // namespace loopmark::conformance::programs
