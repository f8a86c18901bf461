// SPDX-License-Identifier: MIT
#pragma once

#include <poll.h>

#include <cerrno>
#include <cstddef>
#include <string>
#include <vector>

#include "bench/arm.h"
#include "reactors/base/check.h"

namespace loopmark::bench::bare {

/// The least that watches over poll(2) can be: a change is a store into its array. What is not
/// watched stands there with a negative number, which poll passes over.
template <class Client>
class PollWatches {
 public:
  PollWatches(ArmLoop, Client& client) : client_(client) {}

  void add(int fd) { polled_.push_back({~fd, 0, 0}); }
  void watch_read(std::size_t i) { want(i, polled_[i].events | POLLIN); }
  void unwatch_read(std::size_t i) { want(i, polled_[i].events & ~POLLIN); }
  void watch_write(std::size_t i) { want(i, polled_[i].events | POLLOUT); }
  void unwatch_write(std::size_t i) { want(i, polled_[i].events & ~POLLOUT); }

  void pass() { serve(0); }
  void run() {
    for (stopped_ = false; !stopped_;) serve(-1);
  }
  void stop() { stopped_ = true; }
  std::string evidence() const { return std::string(kBarePoll); }

 private:
  void want(std::size_t i, int mask) {
    pollfd& polled = polled_[i];
    if ((mask != 0) != (polled.fd >= 0)) polled.fd = ~polled.fd;
    polled.events = static_cast<short>(mask);
  }

  void serve(int timeout) {
    int left = ::poll(polled_.data(), polled_.size(), timeout);
    if (left < 0 && errno != EINTR) throw_errno("poll");
    for (std::size_t i = 0; left > 0; ++i) {
      const int ready = polled_[i].revents;
      if (ready == 0) continue;
      --left;
      // What is wanted may change from call to call. An end or an error counts as both.
      if ((ready & ~POLLOUT) != 0 && (polled_[i].events & POLLIN) != 0) client_.readable(i);
      if ((ready & ~POLLIN) != 0 && (polled_[i].events & POLLOUT) != 0) client_.writable(i);
    }
  }

  Client& client_;
  std::vector<pollfd> polled_;
  bool stopped_ = false;
};

}  // namespace loopmark::bench::bare
