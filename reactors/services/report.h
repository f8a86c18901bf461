// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "reactors/reactor.h"

namespace loopmark {

/// Reports `failure`. `prefix` answers who was called; what it throws costs only itself.
template <class Prefix>
void report(Reactor& reactor, const Failure& failure, Prefix prefix) noexcept {
  std::string who;
  try {
    who = prefix();
  } catch (...) {  // there is no memory, or the application has none to tell
  }
  reactor.report_error(failure, who);
}

/// The same for the exception that is being handled.
template <class Prefix>
void report_current(Reactor& reactor, Prefix prefix) noexcept {
  report(reactor, Failure::current(), prefix);
}

/// Calls `function`; what it throws costs only a report. `prefix` as in report().
template <class Prefix, class Function>
void guarded(Reactor& reactor, Prefix prefix, Function&& function) noexcept {
  try {
    function();
  } catch (...) {
    report_current(reactor, prefix);
  }
}

}  // namespace loopmark
