// SPDX-License-Identifier: MIT
#pragma once

#include <deque>

#include "reactors/library_loop.h"
#include "reactors/wrappers/libev/ev_loop.h"

namespace loopmark {

/// libev as its manual uses it: an ev_io for each direction of a descriptor, ev_timer_again(), an ev_async, and one
/// ev_run() for all of it. Owns none of the file descriptors.
class LibevLibraryLoop final : public LibraryLoop {
 public:
  /// As LibevLoop.
  explicit LibevLibraryLoop(unsigned backend);

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
  template <class Watcher>
  struct Calling : Watcher {
    Call call;
    void* context;
  };
  struct Watched {
    Calling<ev_io> reader{};
    Calling<ev_io> writer{};
  };

  template <class Watcher>
  static void on_event(struct ev_loop*, Watcher* watcher, int) {
    const auto* const calling = static_cast<Calling<Watcher>*>(watcher);
    calling->call(calling->context);
  }

  Watched& watched(int fd);
  void start(Calling<ev_io>& io, const ev_io& other, int fd, int what);

  libev::EvLoop loop_;
  Calling<ev_async> waker_{};
  // libev holds the addresses of these two, which are never moved.
  std::deque<Watched> watched_;           // by file descriptor
  std::deque<Calling<ev_timer>> timers_;  // by number
};

}  // namespace loopmark
