// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "conformance/programs/interpreter.h"
#include "conformance/programs/program.h"
#include "reactors/backend.h"

namespace loopmark::conformance::programs {

/// What became of a program.
struct Tried {
  std::string fault;  // how the contract was broken, or how the process ended; empty: not at all
  Performed performed;
};

/// Performs `program` in a process of its own, which a fault ends. Call it where no other thread runs.
Tried try_program(const Program& program, const Backend& backend);

}  // namespace loopmark::conformance::programs
