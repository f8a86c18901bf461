// SPDX-License-Identifier: MIT
//
// Processes that a worker leaves behind outside its group, because they made a session of their
// own. They would disturb the cells after them, so they are found and killed: the supervisor is
// their new parent, and what a worker starts inherits a mark in its environment.
#pragma once

#include <string>

namespace loopmark::harness {

/// A new mark for one worker: a line of its environment.
std::string make_mark();

/// Makes this process the parent of all that its workers leave behind. May be called again.
void adopt_strays();

/// Kills and waits for the children of this thread that bear `mark`, and what those have started.
void kill_strays(const std::string& mark);

}  // namespace loopmark::harness
