// SPDX-License-Identifier: MIT
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <string>

namespace loopmark::conformance {

/// A mutant of what cases themselves call in the library (mutants/CMakeLists.txt, "Place") has to be loaded ahead of that.
/// When `module` is one, begins this program anew, so that it is. `argv` as main() got it.
inline void load_first(const std::string& module, char** argv) {
  if (!module.ends_with(".first.so")) return;
  const char* const preloaded = std::getenv("LD_PRELOAD");
  if (preloaded != nullptr && module == preloaded) {
    ::unsetenv("LD_PRELOAD");  // not for what a case starts
    return;
  }
  ::setenv("LD_PRELOAD", module.c_str(), 1);
  ::execv("/proc/self/exe", argv);
}

}  // namespace loopmark::conformance
