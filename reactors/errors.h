// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>
#include <string>

namespace loopmark {

// Misuse of the interface: thrown by the call that is wrong, which then has changed nothing.

/// stop() outside a run, or a second time in one (CORE-STOP-01 to 03).
struct ReactorNotRunning : std::logic_error {
  ReactorNotRunning() : logic_error("the reactor is not running, or has been stopped already") {}
};

/// run() in a callback of the same reactor (CORE-RUN-06).
struct ReactorAlreadyRunning : std::logic_error {
  ReactorAlreadyRunning() : logic_error("the reactor is running already") {}
};

/// A process has one installed reactor, and has it already (INST-EXP-02).
struct ReactorAlreadyInstalled : std::logic_error {
  ReactorAlreadyInstalled() : logic_error("a reactor is installed already") {}
};

/// No backend has that name (INST-REG-03).
struct NoSuchReactor : std::logic_error {
  using logic_error::logic_error;
};

/// The delayed call is over; catch this base to ignore both ways (ERR-10).
struct DelayedCallOver : std::logic_error {
  using logic_error::logic_error;
};
struct AlreadyCalled : DelayedCallOver {
  AlreadyCalled() : DelayedCallOver("the delayed call has run already") {}
};
struct AlreadyCancelled : DelayedCallOver {
  AlreadyCancelled() : DelayedCallOver("the delayed call was cancelled") {}
};

// Reasons handed to connection_lost; catch by base (ERR-09).

/// A connection, or any descriptor, is over.
struct ConnectionClosed : std::runtime_error {
  using runtime_error::runtime_error;
};
/// It ended cleanly: the other side closed it in order, or we did.
struct ConnectionDone : ConnectionClosed {
  explicit ConnectionDone(const std::string& how = "the connection was closed cleanly")
      : ConnectionClosed(how) {}
};
/// It ended in another way.
struct ConnectionLost : ConnectionClosed {
  explicit ConnectionLost(const std::string& how = "the connection was lost")
      : ConnectionClosed(how) {}
};
/// We ended it without waiting for what was still to be sent.
struct ConnectionAborted : ConnectionLost {
  explicit ConnectionAborted(const std::string& how = "the connection was aborted")
      : ConnectionLost(how) {}
};

}  // namespace loopmark
