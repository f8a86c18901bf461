// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "reactors/base/failure.h"

namespace loopmark {

/// A result that is not there yet (Twisted's Deferred, without a value): it is completed once, with success or with
/// a Failure, and then tells those who asked. Copies share one state. Reactor thread only.
class Deferred {
 public:
  using Listener = std::function<void(const Failure&)>;  // an empty Failure means success

  Deferred() : state_(std::make_shared<State>()) {}

  /// A deferred that has completed already.
  static Deferred succeeded() {
    Deferred done;
    done.callback();
    return done;
  }

  bool called() const { return state_->called; }

  /// Completes it and calls the listeners, here and now: all of them, and then throws what the first of them has thrown.
  /// Throws std::logic_error when it was completed before.
  void callback() { complete({}); }
  void errback(Failure reason) { complete(std::move(reason)); }

  /// Calls `listener` with the result: at once when it is there, else inside callback() or errback().
  void add_both(Listener listener);

 private:
  struct State {
    bool called = false;
    Failure result;
    std::vector<Listener> listeners;
  };

  void complete(Failure result);

  std::shared_ptr<State> state_;
};

}  // namespace loopmark
