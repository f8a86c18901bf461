// SPDX-License-Identifier: MIT
#include "reactors/base/deferred.h"

#include <exception>
#include <stdexcept>

namespace loopmark {

void Deferred::add_both(Listener listener) {
  if (state_->called) {
    listener(state_->result);
  } else {
    state_->listeners.push_back(std::move(listener));
  }
}

void Deferred::complete(Failure result) {
  if (state_->called) throw std::logic_error("this Deferred was completed before");
  const std::shared_ptr<State> state = state_;  // a listener may drop the last handle
  state->called = true;
  state->result = std::move(result);
  const std::vector<Listener> listeners = std::move(state->listeners);
  std::exception_ptr thrown;
  for (const Listener& listener : listeners) {
    try {
      listener(state->result);
    } catch (...) {
      if (!thrown) thrown = std::current_exception();
    }
  }
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace loopmark
