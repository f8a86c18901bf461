// SPDX-License-Identifier: MIT
//
// A library's own loop, used as its manual says and with none of our layers on it. The benchmarks measure it beside our
// wrapper of the same library (the arm "api:libev/epoll" beside "libev/epoll"): the difference is the price of the wrapper.
// It lives in the library's module, since nothing else may link that library; that costs one indirect call for each of
// the functions below and for each callback.
#pragma once

#include <cstddef>
#include <string>

#include "reactors/base/time.h"

namespace loopmark {

/// Made, used and destroyed in one thread, but for wake(). Nothing may be thrown out of a callback. Every function may be
/// called in a callback, run() and poll() excepted. Functions throw std::system_error when the library reports a failure.
class LibraryLoop {
 public:
  using Call = void (*)(void* context);

  virtual ~LibraryLoop() = default;

  /// Calls `call(context)` whenever `fd` can be read (written), level-triggered, until it is unwatched. A number has at
  /// most one watcher of each kind.
  virtual void watch_read(int fd, Call call, void* context) = 0;
  virtual void watch_write(int fd, Call call, void* context) = 0;
  virtual void unwatch_read(int fd) = 0;
  virtual void unwatch_write(int fd) = 0;

  /// A timer, not yet armed; numbers count up from 0.
  virtual std::size_t add_timer(Call call, void* context) = 0;
  /// Calls it once, `delay` from now, instead of at the time it was armed for before. "Now" is what a program that must not
  /// fire early takes: a fresh reading where the library caches its clock.
  virtual void arm(std::size_t timer, Duration delay) = 0;
  virtual void disarm(std::size_t timer) = 0;

  /// What wake() leads to: one call at least after the last of them, in the loop's thread. Set at most once.
  virtual void on_wake(Call call, void* context) = 0;
  /// Any thread.
  virtual void wake() = 0;

  /// Serves until stop() is called, which ends it after the callbacks that are ready now, or sooner. A stop() before run()
  /// is forgotten.
  virtual void run() = 0;
  virtual void stop() = 0;
  /// Serves what is ready now and does not wait: one pass by hand. Not while run() is on.
  virtual void poll() = 0;

  /// What the library says it waits in.
  virtual std::string evidence() const = 0;
};

}  // namespace loopmark
