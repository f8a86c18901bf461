// SPDX-License-Identifier: MIT
#include "reactors/parts/error_reports.h"

#include <cstdio>

namespace loopmark {
namespace {

void print(const Failure& failure, std::string_view context) noexcept {
  std::string message;
  try {
    message = failure.message();
  } catch (...) {  // there is no memory for it
  }
  std::fprintf(stderr, "loopmark: unhandled exception in %.*s: %s\n",
               static_cast<int>(context.size()), context.data(), message.c_str());
}

/// Or an empty text: that an error cannot be named must not keep it from being told.
std::string text_of(std::string_view context) noexcept {
  try {
    return std::string(context);
  } catch (...) {
    return {};
  }
}

}  // namespace

void ErrorReports::set_observer(ErrorObserver observer) {
  auto shared = observer ? std::make_shared<const ErrorObserver>(std::move(observer)) : nullptr;
  const std::lock_guard lock(mutex_);
  observer_.swap(shared);
}

void ErrorReports::report(const Failure& failure, std::string_view context) noexcept {
  try {
    std::shared_ptr<const ErrorObserver> observer;
    {
      const std::lock_guard lock(mutex_);
      observer = observer_;  // called without the lock: it may report, or set another observer
    }
    if (observer) {
      (*observer)(ErrorReport{failure, text_of(context)});
      return;
    }
  } catch (...) {  // an observer that throws must not cost us the report
  }
  print(failure, context);
}

}  // namespace loopmark
