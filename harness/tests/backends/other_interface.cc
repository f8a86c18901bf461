// SPDX-License-Identifier: MIT
//
// A module that was built for another version of the interface.
#include "reactors/backend.h"

const loopmark::Module* loopmark_module() {
  static const loopmark::Module module{.interface = loopmark::kBackendInterface + 1};
  return &module;
}
