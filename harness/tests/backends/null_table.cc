// SPDX-License-Identifier: MIT
//
// A module without a table.
#include "reactors/backend.h"

const loopmark::Module* loopmark_module() {
  return nullptr;
}
