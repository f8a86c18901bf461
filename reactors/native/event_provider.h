// SPDX-License-Identifier: MIT
//
// The second seam, under our own loop only: what blocks until something happens. One mechanism of the kernel a file.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "reactors/loop.h"

namespace loopmark {

/// A registration's interest has changed since the last wait.
struct InterestChange {
  int fd;
  std::uint32_t generation;  // of the registration that is meant from now on
  Interest was;              // what the provider has for this number; kNone: nothing
  Interest now;              // kNone: take it out
  bool anew;  // another registration than the one that `was`: the number may stand for another file
};

/// A descriptor is ready, or could not be watched.
struct ProviderEvent {
  int fd;
  std::uint32_t generation;  // of the registration that it belongs to
  Ready ready;
  int error;  // an errno: refused; else 0
};

/// Waits for descriptors.
class EventProvider {
 public:
  virtual ~EventProvider() = default;

  /// Whether descriptors with this number can be watched at all.
  virtual bool can_watch(int fd) const { return fd >= 0; }

  /// Applies `changes` in order, then waits at most `timeout` (kNever: without limit) and adds what is ready to `events`;
  /// a change that the kernel refuses becomes an event with its errno. Returns early and without events when a signal
  /// comes. Throws std::system_error when the wait fails.
  virtual void apply_and_wait(std::span<const InterestChange> changes, Duration timeout,
                              std::vector<ProviderEvent>& events) = 0;

  /// An event came for a registration that was taken out: the kernel still holds it, for a file that is open under
  /// another number (epoll(7), Questions and answers, 6). Forget everything; all is applied again before the next wait.
  /// Returns false where that cannot happen.
  virtual bool forget_all() { return false; }

  /// As Loop::evidence().
  virtual std::string evidence() const = 0;
};

}  // namespace loopmark
