// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "conformance/programs/line_end.h"

namespace loopmark::conformance::programs {

/// The lines of a program, and what it does with them.
class Lines {
 public:
  explicit Lines(Performance& performance);

  /// An action of a line's.
  void execute(const Action& action);

  /// The reactor has removed all, and answered `removed`.
  void removed_all(const std::vector<std::shared_ptr<Descriptor>>& removed);

  /// At the end of the phase before shutdown, whoever is registered is owed its loss (CORE-STOP-13).
  void reactor_stops();

  std::optional<std::string> owed() const;

  /// Throws Broken when the reactor lists others than it should.
  void compare_lists() const;

 private:
  static void put(LineEnd& end, int count);
  void reopen(std::shared_ptr<LineEnd>& end, int number);
  std::shared_ptr<LineEnd> open(int number);

  Performance& performance_;
  std::vector<std::shared_ptr<LineEnd>> lines_;
  std::vector<std::shared_ptr<LineEnd>> ends_;  // those before, too: they may be owed something yet
};

}  // namespace loopmark::conformance::programs
