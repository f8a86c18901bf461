// SPDX-License-Identifier: MIT
#pragma once

#include <rapidcheck.h>

#include "conformance/programs/program.h"

namespace loopmark::conformance::programs {

/// Programs, which shrink by leaving out actions.
rc::Gen<Program> any_program();

}  // namespace loopmark::conformance::programs
