// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "harness/json.h"

namespace loopmark::harness {

/// The machine and the system as they are now: processor, memory, kernel, limits, load. No host
/// name, no user's name.
Json machine();

/// How this program was built: version, commit ("" where that is not known; "c7386ac12345-dirty" of a tree with changes),
/// compiler, flags, and the hash of the contract that is in it.
Json tool();

/// The first line of a file such as those in /sys, or null where there is none.
Json line_of(const std::string& path);

/// The value of the first line in `path` that begins with `key`: what follows `separator`, without
/// blanks and quotes; empty where there is none.
std::string value_in(const std::string& path, const std::string& key, char separator);

/// How many processors this process may run on; 0 when that cannot be found out.
std::size_t usable_processors();

}  // namespace loopmark::harness
