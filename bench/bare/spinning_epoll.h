// SPDX-License-Identifier: MIT
#pragma once

#include <sys/epoll.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "bench/spin.h"
#include "reactors/base/check.h"
#include "reactors/base/unique_fd.h"

namespace loopmark::bench::bare {

/// A loop over epoll(7) that never sleeps: that of clients, which are the same for all arms.
///
/// A client that sleeps has to be woken by the server, about once a request, which is dearer than
/// the request itself; and who of the two sleeps, and so what is measured, changes from moment to
/// moment. Against one that does not, the server is what is waited for: tried with an eighth more
/// work in it, the slot took an eighth longer, where with a sleeping client nothing was to be seen.
class SpinningEpoll {
 public:
  /// Throws std::system_error.
  void watch(int fd, std::uint32_t events, std::size_t i) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = i;
    check_call(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
  }

  /// Before a run; in a thread that is sure to come before who stops it.
  void begin() {
    passes_ = empty_passes_ = 0;
    stopped_ = false;
  }

  /// Any thread: the run is to end now.
  void stop() { stopped_ = true; }
  bool stopped() const { return stopped_; }

  /// One look, and a call for each descriptor that is ready. Throws std::system_error.
  template <class OnReady>
  void pass(OnReady on_ready) {
    epoll_event events[kMostEvents];
    const int count = ::epoll_wait(epoll_.get(), events, kMostEvents, 0);
    if (count < 0 && errno != EINTR) throw_errno("epoll_wait");
    ++passes_;
    if (count <= 0) {
      ++empty_passes_;
      spin_.turn();
    }
    for (int k = 0; k < count; ++k) on_ready(events[k].data.u64);
  }

  /// The share of its looks in this run at which nothing was ready: how far it was from being the
  /// limit.
  double idle_share() const {
    return static_cast<double>(empty_passes_) /
           static_cast<double>(std::max<std::uint64_t>(passes_, 1));
  }

 private:
  // Few, so that what could be answered at once does not wait long behind others.
  static constexpr int kMostEvents = 32;

  UniqueFd epoll_{check_call(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")};
  std::uint64_t passes_ = 0;
  std::uint64_t empty_passes_ = 0;
  Spin spin_;
  std::atomic<bool> stopped_ = false;
};

}  // namespace loopmark::bench::bare
