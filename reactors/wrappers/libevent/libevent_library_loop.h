// SPDX-License-Identifier: MIT
#pragma once

#include <deque>

#include "reactors/library_loop.h"
#include "reactors/wrappers/libevent/event_base.h"

namespace loopmark {

/// libevent as its manual uses it: a persistent event for each direction of a descriptor, event_add() with a timeout,
/// event_active() to wake it, and one event_base_loop() for all of it. Owns none of the file descriptors.
class LibeventLibraryLoop final : public LibraryLoop {
 public:
  /// As LibeventLoop.
  LibeventLibraryLoop(const char* method, libevent::Timers timers);

  void watch_read(int fd, Call call, void* context) override;
  void watch_write(int fd, Call call, void* context) override;
  void unwatch_read(int fd) override;
  void unwatch_write(int fd) override;
  std::size_t add_timer(Call call, void* context) override;
  void arm(std::size_t timer, Duration delay) override;
  void disarm(std::size_t timer) override;
  void on_wake(Call call, void* context) override;
  void wake() override;
  void run() override;
  void stop() override;
  void poll() override;
  std::string evidence() const override;

 private:
  struct Calling {
    Call call = nullptr;
    void* context = nullptr;
    libevent::Event event = nullptr;
  };

  static void on_event(evutil_socket_t, short, void* calling);

  void add(std::deque<Calling>& watchers, int fd, short what, Call call, void* context);

  libevent::Base base_;
  Calling waker_;
  // Never moved, for libevent holds their addresses.
  std::deque<Calling> readers_;  // by file descriptor
  std::deque<Calling> writers_;  // by file descriptor
  std::deque<Calling> timers_;   // by number
};

}  // namespace loopmark
