// SPDX-License-Identifier: MIT
//
// A module that crashes while it is loaded.
#include <csignal>

#include "reactors/backend.h"

namespace {
const int raised = std::raise(SIGSEGV);
}

const loopmark::Module* loopmark_module() {
  return raised ? nullptr : nullptr;
}
