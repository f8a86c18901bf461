// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "bench/arm.h"
#include "reactors/library_loop.h"

namespace loopmark::bench {

/// By a library's own loop.
template <class Client>
class LibraryWatches {
 public:
  LibraryWatches(ArmLoop loop, Client& client) : loop_(std::move(loop.library)), client_(client) {}

  void add(int fd) { ends_.push_back({&client_, ends_.size(), fd}); }
  void watch_read(std::size_t i) { loop_->watch_read(ends_[i].fd, on_readable, &ends_[i]); }
  void unwatch_read(std::size_t i) { loop_->unwatch_read(ends_[i].fd); }
  void watch_write(std::size_t i) { loop_->watch_write(ends_[i].fd, on_writable, &ends_[i]); }
  void unwatch_write(std::size_t i) { loop_->unwatch_write(ends_[i].fd); }

  void pass() { loop_->poll(); }
  void run() { loop_->run(); }
  void stop() { loop_->stop(); }
  std::string evidence() const { return loop_->evidence(); }

 private:
  struct End {
    Client* client;
    std::size_t i;
    int fd;
  };

  static void on_readable(void* context) {
    const End& end = *static_cast<End*>(context);
    end.client->readable(end.i);
  }
  static void on_writable(void* context) {
    const End& end = *static_cast<End*>(context);
    end.client->writable(end.i);
  }

  std::unique_ptr<LibraryLoop> loop_;
  Client& client_;
  std::deque<End> ends_;  // where they are does not change
};

}  // namespace loopmark::bench
