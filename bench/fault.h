// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "bench/workload.h"

namespace loopmark::bench {

/// What has gone wrong in the work, if anything has: the first thing, for others follow from it.
class Fault {
 public:
  /// Apart from the code that it is called in, which is timed, and where nothing is wrong.
  [[gnu::cold]] void set(std::string_view what) {
    if (!what_) what_ = std::make_unique<const std::string>(what);
  }

  explicit operator bool() const { return what_ != nullptr; }

  /// Throws WorkIsWrong if it was set.
  void check() const {
    if (what_) throw WorkIsWrong(*what_);
  }

 private:
  std::unique_ptr<const std::string> what_;  // a pointer, which is all that work looks at
};

}  // namespace loopmark::bench
