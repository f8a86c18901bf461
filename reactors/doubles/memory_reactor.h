// SPDX-License-Identifier: MIT
//
// A reactor in memory, for testing what is written against a Reactor without waiting and without a network (Twisted's
// MemoryReactorClock):
//
//   MemoryReactor memory;
//   start_my_server(memory.reactor());
//   const auto wire = memory.tcp().ports.at(0)->accept();
//   wire->deliver("hello");
//   memory.advance(std::chrono::seconds(30));  // its timeout
//   EXPECT_EQ(wire->wish(), StringTransport::Wish::kLose);
#pragma once

#include <memory>

#include "reactors/base/time.h"
#include "reactors/doubles/memory_tcp.h"
#include "reactors/reactor.h"

namespace loopmark {

class MemoryLoop;

/// The reactor is that of every backend, over a loop whose clock moves only when it is told to, or when the reactor waits: a
/// run takes no time. A run that has nothing left to wait for is stopped. No descriptor is ever ready; TCP is a MemoryTCP.
/// For one thread: the thread pool must not be used.
class MemoryReactor {
 public:
  MemoryReactor();
  ~MemoryReactor();

  Reactor& reactor() { return *reactor_; }
  MemoryTCP& tcp() { return *tcp_; }

  /// Moves the clock, and makes the calls that become due on the way, each at its time; also those that they make, if they
  /// are due by then. Not in a callback. Throws std::invalid_argument when `by` is negative.
  void advance(Duration by);

 private:
  MemoryLoop* loop_ = nullptr;  // the reactor's
  std::unique_ptr<Reactor> reactor_;
  std::shared_ptr<MemoryTCP> tcp_;
};

}  // namespace loopmark
