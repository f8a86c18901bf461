// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "conformance/programs/program.h"

namespace loopmark::conformance::programs {

/// The programs that are a step simpler than `program`: with an action less, with the body of an action in its place, or
/// with a settle where it runs. Rapidcheck only leaves out actions.
std::vector<Program> simpler(const Program& program);

}  // namespace loopmark::conformance::programs
