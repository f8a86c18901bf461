// SPDX-License-Identifier: MIT
#pragma once

#include <sys/epoll.h>

#include <cerrno>
#include <string>
#include <vector>

#include "bench/arm.h"
#include "bench/bare/epoll.h"
#include "bench/service.h"
#include "reactors/base/check.h"
#include "reactors/base/unique_fd.h"

namespace loopmark::bench {

/// Carries a service by the least that a loop over epoll(7) can be: one call of the kernel for each
/// change, and none for a descriptor that is about to be closed, for the kernel forgets it then.
template <class S>
class BareService final : public Carrier {
 public:
  explicit BareService(S& service) : service_(service) { service_.open(*this); }

  void want(std::size_t i, int fd, Want want) {
    if (i >= wanted_.size()) wanted_.resize(i + 1, Want::kNothing);
    epoll_event event{};
    event.events = want == Want::kRead ? EPOLLIN : EPOLLOUT;
    event.data.u64 = i;
    const int change = want == Want::kNothing         ? EPOLL_CTL_DEL
                       : wanted_[i] == Want::kNothing ? EPOLL_CTL_ADD
                                                      : EPOLL_CTL_MOD;
    check_call(::epoll_ctl(epoll_.get(), change, fd, &event), "epoll_ctl");
    wanted_[i] = want;
  }

  void forget(std::size_t i) { wanted_[i] = Want::kNothing; }

  void carry() override {
    while (!service_.done()) {
      const int count = ::epoll_wait(epoll_.get(), events_, bare::kMostEvents, -1);
      if (count < 0 && errno != EINTR) throw_errno("epoll_wait");
      for (int k = 0; k < count; ++k) {
        const std::size_t i = events_[k].data.u64;
        if (wanted_[i] == Want::kWrite) {
          service_.writable(i, *this);
        } else if (wanted_[i] == Want::kRead) {
          service_.readable(i, *this);
        }
      }
    }
  }

  std::string evidence() const override { return std::string(kBareEpoll); }

 private:
  S& service_;
  std::vector<Want> wanted_;
  UniqueFd epoll_{check_call(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")};
  epoll_event events_[bare::kMostEvents];
};

}  // namespace loopmark::bench
