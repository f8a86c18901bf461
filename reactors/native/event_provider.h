// SPDX-License-Identifier: MIT
//
// The second seam, under our own loop only: what blocks until something happens. One mechanism of the kernel a file.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

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

/// What a provider tells, from inside apply_and_wait() only. `generation` is that of the registration which is meant.
class ProviderClient {
 public:
  /// `fd` is ready.
  virtual void ready(int fd, Ready what, std::uint32_t generation) noexcept = 0;

  /// The kernel refuses to watch `fd` (an errno); the provider has it no more.
  virtual void refused(int fd, int error, std::uint32_t generation) noexcept = 0;

 protected:
  ~ProviderClient() = default;
};

/// Waits for descriptors.
class EventProvider {
 public:
  virtual ~EventProvider() = default;

  /// Whether descriptors with this number can be watched at all.
  virtual bool can_watch(int fd) const { return fd >= 0; }

  /// Applies `changes` in order, then waits at most `timeout` (kNever: without limit) and tells `client` what is ready;
  /// does not wait when the kernel has refused a change. What the client does meanwhile comes with the changes of the next
  /// call. Returns early when a signal comes. Throws std::system_error when the wait fails; perhaps not all changes were
  /// applied then.
  virtual void apply_and_wait(std::span<const InterestChange> changes, Duration timeout,
                              ProviderClient& client) = 0;

  /// An event came for a registration that was taken out: the kernel still holds it, for a file that is open under
  /// another number (epoll(7), Questions and answers, 6). Or changes were left half applied. Forget everything; all is
  /// applied again before the next wait. Returns false where neither can happen.
  virtual bool forget_all() { return false; }

  /// As Loop::evidence().
  virtual std::string evidence() const = 0;
};

}  // namespace loopmark
