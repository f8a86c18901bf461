// SPDX-License-Identifier: MIT
#pragma once

#include <poll.h>

#include <vector>

#include "reactors/native/event_provider.h"

namespace loopmark {

/// poll(2).
class PollProvider final : public EventProvider {
 public:
  void apply_and_wait(std::span<const InterestChange> changes, Duration timeout,
                      ProviderClient& client) override;
  bool forget_all() override;
  std::string evidence() const override { return "poll(2)"; }

 private:
  void apply(const InterestChange& change);
  void take_out(std::size_t index);

  std::vector<pollfd> watched_;
  std::vector<std::uint32_t> generations_;  // of watched_, at the same index
  std::vector<std::size_t> index_;          // by file descriptor: 1 + its index in watched_, or 0
};

}  // namespace loopmark
