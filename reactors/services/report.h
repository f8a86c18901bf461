// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "reactors/reactor.h"

namespace loopmark {

/// Reports the exception that is being handled. `prefix` answers who was called; what it throws costs only itself.
template <class Prefix>
void report_current(Reactor& reactor, Prefix prefix) noexcept {
  const Failure failure = Failure::current();
  std::string who;
  try {
    who = prefix();
  } catch (...) {  // there is no memory, or the application has none to tell
  }
  reactor.report_error(failure, who);
}

}  // namespace loopmark
