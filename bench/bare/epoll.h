// SPDX-License-Identifier: MIT
#pragma once

#include <sys/epoll.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "bench/arm.h"
#include "reactors/base/check.h"
#include "reactors/base/unique_fd.h"

namespace loopmark::bench::bare {

/// Events that a wait gives at most: as many as our own loop asks for, or the bare loops would wait
/// more often where more are ready, and be no baseline. (libev and libevent ask for more once they
/// were given all that they asked for.)
inline constexpr int kMostEvents = 1024;

/// The least that a loop over epoll(7) can be, and so the baseline: one wait, then one call for
/// each event.
class Epoll {
 public:
  static constexpr std::string_view kName = kBareEpoll;

  void watch(int fd, std::size_t i, std::uint32_t events = EPOLLIN) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = i;
    check_call(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
  }

  template <class OnReadable>
  void pass(OnReadable on_readable) {
    int count = ::epoll_wait(epoll_.get(), events_, kMostEvents, -1);
    if (count < 0 && errno != EINTR) throw_errno("epoll_wait");
    for (const epoll_event* event = events_; count > 0; --count, ++event) {
      on_readable(event->data.u64);
    }
  }

 private:
  UniqueFd epoll_{check_call(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")};
  epoll_event events_[kMostEvents];
};

}  // namespace loopmark::bench::bare
