// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "bench/arm.h"
#include "bench/bare/epoll.h"
#include "bench/bell.h"
#include "bench/mail.h"
#include "bench/planted_work.h"
#include "bench/post_queue.h"

namespace loopmark::bench {

/// By hand: a queue, and an eventfd in an epoll set. It is watched for edges, so nobody has to read
/// it; and it is written to only when the loop has nothing to do. So a wake-up costs one system call
/// on either side.
template <Mail M>
class BareInbox {
 public:
  BareInbox(const Arm& arm, M& mail) : mail_(mail), planted_steps_(arm.planted_steps) {
    epoll_.watch(bell_.descriptor(), 0, EPOLLIN | EPOLLET);
  }

  void post(std::uint64_t number) {
    if (queue_.put(number)) bell_.ring();
  }

  void serve() {
    while (!mail_.done()) {
      const std::vector<std::uint64_t>& numbers = queue_.take();
      if (numbers.empty()) epoll_.pass([this](std::size_t) { ++wake_ups_; });
      for (const std::uint64_t number : numbers) {
        planted_work(planted_steps_);  // at once: it is single operations that are timed
        mail_.delivered(number);
      }
    }
  }

  std::uint64_t wake_ups() const { return wake_ups_; }
  std::string evidence() const { return std::string(kBareEpoll); }

 private:
  M& mail_;
  std::uint64_t planted_steps_;
  std::uint64_t wake_ups_ = 0;
  PostQueue queue_;
  Bell bell_;
  bare::Epoll epoll_;
};

}  // namespace loopmark::bench
