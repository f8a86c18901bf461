// SPDX-License-Identifier: MIT
#pragma once

namespace loopmark {

/// In its life the call `name` of the C library fails once, with `error` (an errno), after `before` that do not. "new" is
/// operator new, which throws. A test in which the call is not made fails, unless it has asked. A program with this stands
/// before the C library. One at a time.
class FailingCall {
 public:
  FailingCall(const char* name, int error, int before = 0);
  ~FailingCall();
  FailingCall(const FailingCall&) = delete;
  FailingCall& operator=(const FailingCall&) = delete;

  /// Whether it has failed; from here on it does not.
  bool has_failed();
};

}  // namespace loopmark
