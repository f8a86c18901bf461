// SPDX-License-Identifier: MIT
#pragma once

#include <signal.h>

#include "reactors/base/unique_fd.h"

namespace loopmark::harness {

/// While it exists, SIGINT, SIGTERM and SIGHUP do not end the program but are asked for, so that
/// what is finished can be stored. Workers, being in sessions of their own, do not get a terminal's
/// Ctrl-C.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  /// Becomes readable with the first signal.
  int fd() const { return signals_.get(); }

  /// Whether there was one.
  bool requested();

 private:
  sigset_t before_{};
  UniqueFd signals_;
  bool requested_ = false;
};

}  // namespace loopmark::harness
