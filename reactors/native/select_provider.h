// SPDX-License-Identifier: MIT
#pragma once

#include <sys/select.h>

#include <vector>

#include "reactors/native/event_provider.h"

namespace loopmark {

/// select(2).
class SelectProvider final : public EventProvider {
 public:
  SelectProvider();

  bool can_watch(int fd) const override { return fd >= 0 && fd < FD_SETSIZE; }
  void apply_and_wait(std::span<const InterestChange> changes, Duration timeout,
                      ProviderClient& client) override;
  std::string evidence() const override { return "select(2)"; }

 private:
  void set_interest(int fd, Interest interest);
  void refuse_closed(ProviderClient& client);

  fd_set readers_;
  fd_set writers_;
  std::uint32_t generations_[FD_SETSIZE] = {};
  int end_ = 0;  // one past the highest number in either set
};

}  // namespace loopmark
