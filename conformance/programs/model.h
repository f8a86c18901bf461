// SPDX-License-Identifier: MIT
//
// What the contract owes an application, kept beside a reactor while a program runs: told of all that the program does
// and of all that the reactor calls, it says at once when a call was not owed, and at the end of a step when one that was
// owed did not come. It predicts no order that is not promised: it follows what happens.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "reactors/base/time.h"

namespace loopmark::conformance::programs {

/// A call broke the contract, or did not come. The text says which, and the clause.
struct Broken {
  std::string what;
};

/// What is known of one descriptor.
struct Watched {
  std::string name;
  bool half_closeable = false;
  bool reading = false;
  int writes_left = 0;    // while it is a writer
  std::size_t bytes = 0;  // that can be read
  bool ended = false;     // the peer sends no more
  bool gone = false;      // the peer has closed: a hang-up may end it at any time
  int losses_owed = 0;    // calls of connection_lost
  int ends_owed = 0;      // calls of read_connection_lost

  bool registered() const { return reading || writes_left > 0; }
  void leave() { reading = false, writes_left = 0; }
};

class Model {
 public:
  using TimerId = std::size_t;

  /// `in_order`: equal deadlines keep their order (TIME-ORDER-02), which a backend may declare that it does not.
  Model(Duration resolution, bool in_order) : resolution_(resolution), in_order_(in_order) {}

  // What the program does.
  // A turn is what lies between two waits of the reactor: a timer that was made or moved in it may have to wait.
  void made(TimerId timer, TimePoint deadline, std::size_t turn);
  void moved(TimerId timer, TimePoint deadline, std::size_t turn);
  void cancelled(TimerId timer) { timers_.erase(timer); }
  bool is_pending(TimerId timer) const { return timers_.contains(timer); }
  std::size_t pending() const { return timers_.size(); }
  void queued(std::size_t call, bool in_other_thread) { queued_[call] = in_other_thread; }
  void threw() { ++errors_owed_; }

  // What the reactor does. Each throws Broken when it was not owed.
  void timer_called(TimerId timer, TimePoint now, std::size_t turn);
  void thread_call_called(std::size_t call);
  void read(const Watched& watched) const;
  void wrote(const Watched& watched) const;
  void lost(Watched& watched) const;
  void read_lost(Watched& watched) const;
  void error_reported();

  /// What is still owed now, in words, other than by descriptors.
  std::optional<std::string> owed(TimePoint now) const;
  /// And by one.
  static std::optional<std::string> owed(const Watched& watched);

 private:
  struct Timer {
    TimePoint deadline;
    bool was_moved;
    std::size_t changed;  // the turn in which it was made or moved
  };

  Duration resolution_;
  bool in_order_;
  std::map<TimerId, Timer> timers_;     // pending; made in this order
  std::map<std::size_t, bool> queued_;  // thread calls, in order: whether another thread made it
  int errors_owed_ = 0;
};

}  // namespace loopmark::conformance::programs
