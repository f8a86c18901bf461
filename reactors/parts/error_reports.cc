// SPDX-License-Identifier: MIT
#include "reactors/parts/error_reports.h"

#include <cstdio>

namespace loopmark {

void ErrorReports::set_observer(ErrorObserver observer) {
  const std::lock_guard lock(mutex_);
  observer_ = std::move(observer);
}

void ErrorReports::report(const Failure& failure, const std::string& context) noexcept {
  try {
    ErrorObserver observer;
    {
      const std::lock_guard lock(mutex_);
      observer = observer_;  // called without the lock: it may report, or set another observer
    }
    if (observer) {
      observer(ErrorReport{failure, context});
      return;
    }
  } catch (...) {  // an observer that throws must not cost us the report
  }
  std::fprintf(stderr, "loopmark: unhandled exception in %s: %s\n", context.c_str(),
               failure.message().c_str());
}

}  // namespace loopmark
