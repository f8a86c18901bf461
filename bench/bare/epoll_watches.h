// SPDX-License-Identifier: MIT
#pragma once

#include <sys/epoll.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/arm.h"
#include "bench/bare/epoll.h"
#include "reactors/base/check.h"
#include "reactors/base/unique_fd.h"

namespace loopmark::bench::bare {

/// The least that watches over epoll(7) can be: the kernel is told of a change when the loop is about
/// to wait, and not of one that was taken back before.
template <class Client>
class EpollWatches {
 public:
  EpollWatches(ArmLoop, Client& client) : client_(client) {}

  void add(int fd) { watched_.push_back({fd}); }
  void watch_read(std::size_t i) { want(i, watched_[i].wanted | EPOLLIN); }
  void unwatch_read(std::size_t i) { want(i, watched_[i].wanted & ~EPOLLIN); }
  void watch_write(std::size_t i) { want(i, watched_[i].wanted | EPOLLOUT); }
  void unwatch_write(std::size_t i) { want(i, watched_[i].wanted & ~EPOLLOUT); }

  void pass() { serve(0); }
  void run() {
    for (stopped_ = false; !stopped_;) serve(-1);
  }
  void stop() { stopped_ = true; }
  std::string evidence() const { return std::string(kBareEpoll); }

 private:
  struct Watched {
    int fd;
    std::uint32_t wanted = 0;
    std::uint32_t told = 0;  // to the kernel
    bool changed = false;
  };

  void want(std::size_t i, std::uint32_t mask) {
    Watched& watched = watched_[i];
    watched.wanted = mask;
    if (watched.changed) return;
    watched.changed = true;
    changed_.push_back(i);
  }

  void tell() {
    for (const std::size_t i : changed_) {
      Watched& watched = watched_[i];
      watched.changed = false;
      if (watched.wanted == watched.told) continue;
      const int change = watched.told == 0     ? EPOLL_CTL_ADD
                         : watched.wanted == 0 ? EPOLL_CTL_DEL
                                               : EPOLL_CTL_MOD;
      watched.told = watched.wanted;
      epoll_event event{};
      event.events = watched.wanted;
      event.data.u64 = i;
      check_call(::epoll_ctl(epoll_.get(), change, watched.fd, &event), "epoll_ctl");
    }
    changed_.clear();
  }

  void serve(int timeout) {
    tell();
    const int count = ::epoll_wait(epoll_.get(), events_, kMostEvents, timeout);
    if (count < 0 && errno != EINTR) throw_errno("epoll_wait");
    for (int k = 0; k < count; ++k) {
      const std::size_t i = events_[k].data.u64;
      const Watched& watched = watched_[i];
      // What is wanted may change from call to call. An end or an error counts as both.
      if ((events_[k].events & ~EPOLLOUT) != 0 && (watched.wanted & EPOLLIN) != 0) {
        client_.readable(i);
      }
      if ((events_[k].events & ~EPOLLIN) != 0 && (watched.wanted & EPOLLOUT) != 0) {
        client_.writable(i);
      }
    }
  }

  Client& client_;
  UniqueFd epoll_{check_call(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")};
  std::vector<Watched> watched_;
  std::vector<std::size_t> changed_;
  bool stopped_ = false;
  epoll_event events_[kMostEvents];
};

}  // namespace loopmark::bench::bare
