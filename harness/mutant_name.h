// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace loopmark::harness {

/// The mutant that a row is of. It has one on each mechanism where its fault can show, which stands behind a plus sign:
/// "mutant/early+epoll" and "mutant/early+poll" are rows of "mutant/early".
std::string mutant_of(const std::string& row);

/// Whether the name that a case gives in `catches` means the mutant that this row is of: "mutant/lost_wakeup" or
/// "lost_wakeup".
bool means_mutant(const std::string& name, const std::string& row);

}  // namespace loopmark::harness
