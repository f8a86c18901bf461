// SPDX-License-Identifier: MIT
//
// A module whose entry function throws.
#include <stdexcept>

#include "reactors/backend.h"

const loopmark::Module* loopmark_module() {
  throw std::runtime_error("out of order");
}
