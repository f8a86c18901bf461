// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "conformance/programs/connection.h"

namespace loopmark::conformance::programs {

/// The connections of a program, and what it does with them.
class Connections {
 public:
  /// `folder` takes the sockets that have paths.
  Connections(Performance& performance, std::filesystem::path folder);

  /// An action of a connection's, or of a side's.
  void execute(const Action& action);

  /// The reactor has removed all: what has no descriptor in it any more, is owed nothing.
  void all_removed();

  /// At the end of the phase before shutdown: all of them end (TCPL-18, XP-PROTO-02).
  void reactor_stops();

  std::optional<std::string> owed() const;

  /// Throws Broken when the reactor watches or holds what it should not.
  void compare_lists() const;

  /// Where something is owed that comes through the kernel: lets it bring what was sent. True when it is not done yet.
  bool await_kernel() const;

 private:
  std::shared_ptr<Connection> fresh(int number);

  Performance& performance_;
  const std::filesystem::path folder_;
  std::vector<std::shared_ptr<Connection>> current_;  // by number
  std::vector<std::shared_ptr<Connection>> all_;  // those before, too, which go on by themselves
};

}  // namespace loopmark::conformance::programs
