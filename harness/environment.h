// SPDX-License-Identifier: MIT
#pragma once

#include "harness/json.h"

namespace loopmark::harness {

/// The machine and the system as they are now: processor, memory, kernel, limits, load. No host
/// name, no user's name.
Json machine();

/// How this program was built: version, compiler, flags, and the hash of the contract that is in
/// it.
Json tool();

}  // namespace loopmark::harness
