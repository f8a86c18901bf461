// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "reactors/base/time.h"

namespace loopmark::harness {

/// How far a run is, on standard error: one line that is redrawn on a terminal, else a line for
/// each tenth.
class Progress {
 public:
  /// `wish` is "auto", "plain" (a line for each tenth) or "none"; `done` of `total` are there from
  /// an earlier run.
  Progress(std::size_t total, std::size_t done, std::string_view wish);

  /// One more is done; `what` names it.
  void advance(bool failed, std::string_view what);

  /// Takes the line off the terminal, so that something else can be printed.
  void clear() const;

 private:
  std::string text() const;
  void draw(std::string_view what);

  std::size_t total_;
  std::size_t done_;
  std::size_t before_;
  std::size_t failing_ = 0;
  bool terminal_;
  bool quiet_;
  TimePoint started_ = Clock::now();
  TimePoint drawn_{};
};

}  // namespace loopmark::harness
