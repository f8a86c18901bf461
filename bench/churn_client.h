// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "bench/bare/spinning_epoll.h"
#include "bench/listener.h"
#include "harness/histogram.h"
#include "reactors/base/unique_fd.h"

namespace loopmark::bench {

/// The other end of a churn server, the same whatever serves it: connects, sends one byte, reads it
/// back and closes, over and over, with a number of connections open at a time. Used by one thread at
/// a time.
class ChurnClient {
 public:
  ChurnClient(const Listener& listener, std::size_t slots, Ending ending)
      : listener_(listener), ending_(ending), connections_(slots) {}

  /// What the next run() is to do: so many connections. `latency` gets what each takes, from before
  /// it is asked for until the reply is read; or null.
  void begin(std::uint64_t connections, harness::Histogram* latency);

  /// Returns when all are closed, or it is stopped; then none is open. Throws nothing.
  void run();

  /// Any thread: ends run() now.
  void stop() { loop_.stop(); }

  /// Of the last run: those that got their reply.
  std::uint64_t completed() const { return succeeded_; }
  double idle_share() const { return loop_.idle_share(); }

  /// Of all runs: connections that could not be made, or did not get their reply.
  std::uint64_t failures() const { return failures_; }
  std::uint64_t successes() const { return successes_; }

 private:
  struct Connection {
    UniqueFd fd;
    std::chrono::steady_clock::time_point asked_for;
  };

  void open_next(std::size_t i);
  bool open(std::size_t i);
  void read_reply(std::size_t i);

  const Listener& listener_;
  Ending ending_;
  std::vector<Connection> connections_;
  bare::SpinningEpoll loop_;
  std::uint64_t unopened_ = 0;  // connections of this run
  std::uint64_t succeeded_ = 0;
  std::uint64_t successes_ = 0;
  std::uint64_t failures_ = 0;
  std::size_t open_ = 0;
  harness::Histogram* latency_ = nullptr;
};

}  // namespace loopmark::bench
