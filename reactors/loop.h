// SPDX-License-Identifier: MIT
//
// The seam that a backend implements: eight calls down, four up. Everything else that a reactor does (life cycle,
// triggers, thread calls, delayed calls, exceptions) is one implementation in parts/, which sits between the passes.
#pragma once

#include <poll.h>

#include <cstdint>
#include <string>

#include "reactors/base/flags.h"
#include "reactors/base/time.h"

namespace loopmark {

// The values of these two are those of poll(2) and epoll(7): such masks need no translation.

/// The directions in which a descriptor is watched.
enum class Interest : std::uint8_t {
  kNone = 0,
  kRead = POLLIN,
  kWrite = POLLOUT,
  kReadWrite = POLLIN | POLLOUT
};
template <>
inline constexpr bool kIsFlags<Interest> = true;

/// What a descriptor is ready for. A mechanism that tells an end or an error apart from readiness sets kHangup or
/// kError, alone or with the rest; one that cannot reports readiness in the directions that are watched.
enum class Ready : std::uint8_t {
  kNone = 0,
  kRead = POLLIN,
  kWrite = POLLOUT,
  kError = POLLERR,
  kHangup = POLLHUP
};
template <>
inline constexpr bool kIsFlags<Ready> = true;

/// The bits of a mask of poll(2) or epoll(7) that are a Ready.
constexpr Ready to_ready(unsigned mask) {
  return static_cast<Ready>(mask & (POLLIN | POLLOUT | POLLERR | POLLHUP));
}

/// A small number that names a timer; the numbers in use are dense, so that a loop can index an array by them.
using TimerSlot = std::uint32_t;

/// What a loop tells, from inside pass() only. Nothing is thrown through these calls, so they may be made from a C
/// library's callback; each may call any function of the loop but pass().
class LoopClient {
 public:
  /// `fd` is ready. Never for a registration that unwatch() has ended, even if it was seen ready before that.
  virtual void ready(int fd, Ready what) noexcept = 0;

  /// The system refuses to watch `fd`, or has it no more (an errno). Nothing more will be told of it; the client
  /// ends the registration with unwatch().
  virtual void refused(int fd, int error) noexcept = 0;

  /// The timer's deadline has come; it is disarmed. Too early is no harm: the client arms it anew.
  virtual void due(TimerSlot slot) noexcept = 0;

  /// Whether the pass may still wait. To be asked when one of the others was called and the wait is yet to come: that may
  /// have ended the run, or left work that must not wait.
  virtual bool may_wait() const noexcept = 0;

 protected:
  ~LoopClient() = default;
};

/// An event loop, one pass at a time. Made and used in one thread at a time, but for wake().
class Loop {
 public:
  virtual ~Loop() = default;

  /// One trip round the loop: waits until something happens, but at most `at_most` (kNever: without limit; zero: not
  /// at all), and reports what did. Timers that are armed in the pass are not served in it. May return early, for any
  /// reason. Throws std::system_error when the waiting itself fails; a signal is not a failure.
  virtual void pass(Duration at_most) = 0;

  /// Watches `fd`, which is open, level-triggered, for `interest` (not kNone) instead of what it was watched for before.
  /// May take effect with the next wait. Throws std::system_error, and then has changed nothing.
  virtual void watch(int fd, Interest interest) = 0;

  /// Ends the watching of `fd`, which was watched and may be closed by now. A watch() that follows is a new
  /// registration, also when the number stands for another file.
  virtual void unwatch(int fd) noexcept = 0;

  /// Reports `slot` due once `deadline` has come (never TimePoint::max()), instead of at an earlier arm()'s deadline.
  virtual void arm(TimerSlot slot, TimePoint deadline) = 0;

  /// After this `slot` is not reported, even if its deadline has come in this pass already. It was armed.
  virtual void disarm(TimerSlot slot) noexcept = 0;

  /// Any thread: a pass that waits, or the next one that would, returns at once. Many calls may count as one.
  virtual void wake() noexcept = 0;

  /// The clock that deadlines are compared with, read afresh.
  virtual TimePoint now() const { return Clock::now(); }

  /// What proves which kernel mechanism runs, as the library or the kernel says it ("method epoll; fd 4 [eventpoll]").
  virtual std::string evidence() const = 0;
};

}  // namespace loopmark
