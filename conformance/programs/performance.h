// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include "conformance/programs/interpreter.h"
#include "conformance/programs/model.h"
#include "conformance/programs/program.h"
#include "reactors/backend.h"

namespace loopmark::conformance::programs {

/// What a program throws.
struct Thrown : std::runtime_error {
  using runtime_error::runtime_error;
};

/// A program while it is performed, as those see it whom the reactor calls.
class Performance {
 public:
  Model& model() { return model_; }
  Reactor& reactor() { return *reactor_; }

  /// From the end of the phase before shutdown until the run is over.
  bool reactor_stops() const { return reactor_stops_; }

  /// Does what `body` says, in a callback.
  virtual void execute_body(const Program& body) = 0;

  /// What the reactor calls goes through here: it is counted, and what it lets out is accounted for.
  template <class Function>
  auto call(Function function) {
    ++performed_.calls;
    return entered(function);
  }

 protected:
  Performance(const Backend& backend, const std::function<void(const std::string&)>& broken,
              bool in_order)
      : model_(backend.timer_resolution, in_order), reactor_(backend.make()), broken_(broken) {}
  ~Performance() = default;

  template <class Function>
  auto entered(Function function) -> decltype(function()) {
    try {
      return function();
    } catch (const Broken& how) {
      broken_(how.what);
    } catch (const Thrown&) {
      model_.threw();
      throw;
    } catch (const std::exception& error) {
      broken_(std::string("the reactor threw: ") + error.what());
    }
    std::abort();  // broken_ does not return
  }

  Model model_;
  std::unique_ptr<Reactor> reactor_;
  bool reactor_stops_ = false;
  Performed performed_;

 private:
  const std::function<void(const std::string&)>& broken_;
};

/// Calls `function`, which is to throw an `Error`.
template <class Error, class Function>
void refused(const std::string& what, Function function) {
  try {
    function();
  } catch (const Error&) {
    return;
  }
  throw Broken{what + " was not refused"};
}

}  // namespace loopmark::conformance::programs
