// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/arm.h"
#include "bench/descriptors.h"
#include "bench/generator.h"
#include "bench/request_server.h"
#include "bench/second_thread.h"
#include "bench/traffic.h"
#include "bench/workload.h"

namespace loopmark::bench {

/// Requests that a second thread sends by plan, over UNIX streams, to a server in the arm's loop.
class PlannedRequests {
 public:
  /// Throws Refused.
  PlannedRequests(const Arm& arm, std::size_t connections);

  /// Carries the plan out, with at most `window` requests under way on a connection, and returns what
  /// became of each; nothing at all when something went wrong, now or before.
  std::vector<Passage> carry_out(const SendPlan& plan, std::size_t window);

  /// How many requests a second are served when enough are always under way to keep the loop busy:
  /// the best of a few short tries, since noise only takes away. 0 when something went wrong.
  double highest_rate();

  /// Throws WorkIsWrong.
  void verify() const;
  std::string evidence() const { return carrier_->evidence(); }

 private:
  std::vector<DescriptorPair> pairs_;
  std::unique_ptr<RequestServer> server_;
  std::unique_ptr<Carrier> carrier_;  // ends before the server, whose descriptors it watches
  std::unique_ptr<Generator> generator_;
  bool failed_ = false;
  SecondThread second_;
};

/// Requests a second, from the beginning of the plan to the last answer.
double achieved_rate(const std::vector<Passage>& passages);

/// What the sender itself did: the histogram "generator" of how late it was, and the values
/// "late_sends", by more than 20 us, which its own work explains, and "achieved_rate".
void record_sender(const std::vector<Passage>& passages, SlotRecord& record);

}  // namespace loopmark::bench
