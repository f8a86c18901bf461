// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <mutex>
#include <string_view>

#include "reactors/reactor.h"

namespace loopmark {

/// The exception barrier: whatever a callback lets out ends here, is told to the observer once, and goes no further;
/// no frame of a C library is ever unwound (ERR-01, ERR-04). Any thread.
class ErrorReports {
 public:
  /// Null restores the default, which writes one line to stderr.
  void set_observer(ErrorObserver observer);

  /// Needs no memory of its own to say so on stderr, where the observer cannot be told.
  void report(const Failure& failure, std::string_view context) noexcept;

  /// Calls `function`; reports what it throws under the name `context`. Returns whether it returned.
  template <class Function>
  bool guard(const char* context, Function&& function) noexcept {
    try {
      function();
      return true;
    } catch (...) {
      report(Failure::current(), context);
      return false;
    }
  }

 private:
  std::mutex mutex_;
  std::shared_ptr<const ErrorObserver> observer_;  // to be called, it needs no copy
};

}  // namespace loopmark
