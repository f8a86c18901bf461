// SPDX-License-Identifier: MIT
//
// Running with signal handlers, as Twisted's run() does it:  query<ReactorSignals>(reactor).run();
#pragma once

#include <memory>
#include <optional>

#include "reactors/services/query.h"

namespace loopmark {

/// A run that signals can end. Reactor::run() changes no disposition (SIG-04). Reactor thread.
class ReactorSignals {
 public:
  virtual ~ReactorSignals() = default;

  /// As Reactor::run(), on any thread (SIG-14), but SIGINT and SIGTERM stop the reactor in order; those that come when it
  /// is being stopped already change nothing (SIG-08). The handlers are there from startup's during phase on (SIG-05);
  /// when this returns, also after crash(), what was there before is back (SIG-09). A handler of the application's own for
  /// SIGINT or SIGCHLD stays in its place, and so does an ignored SIGINT; SIGTERM is taken in any case (SIG-03).
  /// The descriptor by which signals arrive is one of get_readers(); without it, as after remove_all(), none does.
  /// Throws as Reactor::run(); std::logic_error when such a run is under way in this process, of whatever reactor, for
  /// signals are the process's; std::system_error. Nothing has changed then.
  virtual void run() = 0;

  /// The signal that ended the last such run, or is ending this one (SIG-06).
  virtual std::optional<int> exit_signal() const = 0;

  /// Calls `function` after SIGCHLD in such a run, as ordinary work of the loop, as long as the reactor lives; once for
  /// several that come together. Throws std::invalid_argument when it is empty.
  virtual void on_child_signal(Callback function) = 0;
};

template <>
std::shared_ptr<ReactorSignals> adapt<ReactorSignals>(Reactor& reactor);

}  // namespace loopmark
