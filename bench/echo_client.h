// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "bench/bare/spinning_epoll.h"
#include "bench/fault.h"
#include "bench/page_buffer.h"
#include "bench/stream_pattern.h"
#include "harness/histogram.h"
#include "reactors/base/unique_fd.h"

namespace loopmark::bench {

/// The other end of an echo server's connections, the same whatever serves them: it keeps a number of
/// requests in flight on each, and checks every byte that comes back. Used by one thread at a time.
class EchoClient {
 public:
  /// Connections are non-blocking. A request has `request` bytes.
  EchoClient(std::vector<UniqueFd> connections, std::size_t request, std::size_t in_flight);

  /// What the next run() is to do: so many requests, each on whichever connection is free.
  /// `latency` gets what each takes, from before it is sent until all of its reply is read; or null.
  void begin(std::uint64_t requests, harness::Histogram* latency);

  /// Returns when all are answered, something has gone wrong, or it is stopped. Throws nothing.
  void run();

  /// Any thread: ends run() now.
  void stop() { loop_.stop(); }

  /// Of the last run.
  std::uint64_t completed() const { return requests_ - unanswered_; }
  double idle_share() const { return loop_.idle_share(); }

  /// Throws WorkIsWrong unless all requests of all runs were answered once, and rightly.
  void verify() const;

 private:
  using Time = std::chrono::steady_clock::time_point;

  struct Connection {
    UniqueFd fd;
    std::uint64_t phase;      // where in the pattern its stream begins: no two are alike
    std::uint64_t asked = 0;  // bytes that are to be sent
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
    std::uint64_t answers = 0;
    std::vector<Time> times;  // of the requests in flight, the n-th at n modulo their number
  };

  void serve(Connection& connection);
  void receive(Connection& connection, std::size_t count);
  void ask(Connection& connection, std::uint64_t requests, Time now);
  void send(Connection& connection);
  Time now() const { return latency_ == nullptr ? Time() : std::chrono::steady_clock::now(); }

  std::size_t request_;
  std::size_t in_flight_;
  std::vector<Connection> connections_;
  StreamPattern pattern_;
  PageBuffer buffer_;
  bare::SpinningEpoll loop_;
  std::uint64_t requests_ = 0;  // of this run
  std::uint64_t unsent_ = 0;
  std::uint64_t unanswered_ = 0;
  harness::Histogram* latency_ = nullptr;
  Fault fault_;
};

}  // namespace loopmark::bench
