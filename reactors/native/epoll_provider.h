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
                      std::vector<ProviderEvent>& events) override;
  bool forget_all() override;
  std::string evidence() const override;

 private:
  struct AlwaysReady {
    int fd;
    std::uint32_t generation;
    Interest interest;
  };

  void apply(const InterestChange& change, std::vector<ProviderEvent>& events);
  int wait(Duration timeout);

  UniqueFd epoll_;
  std::vector<epoll_event> buffer_;
  std::vector<AlwaysReady> always_ready_;
  bool was_busy_ = false;  // the last wait brought something
};

}  // namespace loopmark
