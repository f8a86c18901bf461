// SPDX-License-Identifier: MIT
#pragma once

#include <sys/epoll.h>

#include <vector>

#include "reactors/base/unique_fd.h"
#include "reactors/native/event_provider.h"

namespace loopmark {

/// epoll(7), level-triggered.
class EpollProvider final : public EventProvider {
 public:
  EpollProvider();

  void apply_and_wait(std::span<const InterestChange> changes, Duration timeout,
                      ProviderClient& client) override;
  bool forget_all() override;
  std::string evidence() const override;

 private:
  /// Of one wait: the rest comes with the next. As measured, more would save nothing.
  static constexpr int kMostEvents = 1024;

  struct AlwaysReady {
    int fd;
    std::uint32_t generation;
    Interest interest;
  };

  Duration before_wait(std::span<const InterestChange> changes, Duration timeout,
                       ProviderClient& client);
  int apply(const InterestChange& change);
  int poll(int ms);
  int poll_for(Duration limit);
  int wait_for(Duration limit);

  UniqueFd epoll_;
  std::vector<AlwaysReady> always_ready_;
  epoll_event events_[kMostEvents];
  bool was_busy_ = false;  // the last poll_for() brought something
};

}  // namespace loopmark
