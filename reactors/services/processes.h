// SPDX-License-Identifier: MIT
//
// Child processes, as Twisted's IReactorProcess:
//
//   query<ReactorProcess>(reactor).spawn_process(protocol, "/bin/cat", {"cat"});
#pragma once

#include <sys/types.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "reactors/services/process.h"
#include "reactors/services/process_errors.h"
#include "reactors/services/query.h"

namespace loopmark {

/// What becomes of a descriptor of the child: a pipe whose other end the parent writes to (Twisted's "w") or reads from
/// ("r"), or a descriptor of the parent, as it is.
struct ParentWrites {};
struct ParentReads {};
struct Inherit {
  int number;  // the parent's
};
using ChildDescriptor = std::variant<ParentWrites, ParentReads, Inherit>;

struct ProcessOptions {
  /// Exactly this, so by default nothing; nullopt: the parent's (PROC-SPAWN-04).
  std::optional<std::map<std::string, std::string>> environment =
      std::map<std::string, std::string>();
  /// Of the child alone; "": the parent's. A relative executable is looked for from there.
  std::string working_directory = {};
  /// By the child's numbers. It has no others (PROC-FD-03).
  std::map<int, ChildDescriptor> descriptors = {
      {0, ParentWrites()}, {1, ParentReads()}, {2, ParentReads()}};
};

/// Starts programs, and hears of their ends. Reactor thread.
///
/// Ends are noticed by pidfds, in every run (pidfd_open(2)). Where the system does not give one (before Linux 5.3, or in a
/// sandbox), they are noticed by SIGCHLD in a run with handlers (ReactorSignals). In a run without, an end is then looked
/// for only for a second after the start of the child, of the run, and after each of the child's pipes was closed
/// (PROC-END-12). Only the reactor's own children are reaped (PROC-END-14).
///
/// When the reactor stops, pipes are closed and reported, but no child is killed, and no end is reported: that is left to
/// the next run (PROC-END-13), or, when the reactor is destroyed, to the application.
class ReactorProcess {
 public:
  virtual ~ReactorProcess() = default;

  /// Runs the file `executable`, which is not looked for in PATH, with `arguments` as its argv, name included; none: the
  /// executable alone. It starts with default signal dispositions and no signal blocked. `protocol` is connected when this
  /// returns. The reactor shares ownership of it until process_ended().
  /// Throws std::system_error when the child cannot be started, also for what the new program's exec would say (ENOENT,
  /// EACCES), and std::invalid_argument for text with NUL in it, or without a protocol. Then nothing was called, and
  /// everything is closed (PROC-SPAWN-08, 09).
  virtual std::shared_ptr<ProcessTransport> spawn_process(
      std::shared_ptr<ProcessProtocol> protocol, const std::string& executable,
      const std::vector<std::string>& arguments = {}, const ProcessOptions& options = {}) = 0;

  /// Those that are still to be reaped, in no particular order.
  virtual std::vector<pid_t> get_children() const = 0;
};

template <>
std::shared_ptr<ReactorProcess> adapt<ReactorProcess>(Reactor& reactor);

}  // namespace loopmark
