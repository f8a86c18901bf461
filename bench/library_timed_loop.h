// SPDX-License-Identifier: MIT
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "bench/arm.h"
#include "bench/watch_or_refuse.h"
#include "reactors/library_loop.h"

namespace loopmark::bench {

/// A TimedLoop by a library's own loop: a timer is one of its timers, which is made before.
template <class Client>
class LibraryTimedLoop {
 public:
  LibraryTimedLoop(ArmLoop loop, Client& client)
      : loop_(std::move(loop.library)), client_(client) {}

  void add_timers(std::size_t count) {
    for (; count > 0; --count) {
      timers_.push_back({this, timers_.size()});
      loop_->add_timer(on_due, &timers_.back());
    }
  }
  void set(std::size_t timer, Duration delay) { loop_->arm(timer, delay); }
  void reset(std::size_t timer, Duration delay) { loop_->arm(timer, delay); }
  void cancel(std::size_t timer) { loop_->disarm(timer); }

  void watch(int fd, std::size_t i) { add(fd, i, on_readable); }
  void watch_once(int fd, std::size_t i) { add(fd, i, on_readable_once); }

  void run() { loop_->run(); }
  void stop() { loop_->stop(); }
  std::string evidence() const { return loop_->evidence(); }

 private:
  struct Watcher {
    LibraryTimedLoop* loop;
    std::size_t i;
    int fd = -1;
  };

  void add(int fd, std::size_t i, LibraryLoop::Call call) {
    while (i >= ends_.size()) ends_.push_back({this, ends_.size()});
    ends_[i].fd = fd;
    watch_or_refuse(fd, [&] { loop_->watch_read(fd, call, &ends_[i]); });
  }

  static void on_due(void* context) {
    const Watcher& timer = *static_cast<Watcher*>(context);
    timer.loop->client_.due(timer.i);
  }
  static void on_readable(void* context) {
    const Watcher& end = *static_cast<Watcher*>(context);
    end.loop->client_.readable(end.i);
  }
  static void on_readable_once(void* context) {
    const Watcher& end = *static_cast<Watcher*>(context);
    end.loop->loop_->unwatch_read(end.fd);
    end.loop->client_.readable(end.i);
  }

  std::unique_ptr<LibraryLoop> loop_;
  Client& client_;
  std::deque<Watcher> timers_;  // which stay where they are
  std::deque<Watcher> ends_;
};

}  // namespace loopmark::bench
