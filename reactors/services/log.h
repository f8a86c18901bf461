// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "reactors/services/query.h"

namespace loopmark {

/// What the services of a reactor have to tell an operator, such as that a port was opened: a line each, and silence unless
/// somebody listens. Errors go to the reactor's error observer instead. Reactor thread.
///
///   query<ReactorLog>(reactor).set_observer([](const std::string& line) { std::cerr << line << '\n'; });
class ReactorLog {
 public:
  using Observer = std::function<void(const std::string& line)>;

  /// Replaces who listens; empty: nobody.
  void set_observer(Observer observer) { observer_ = std::move(observer); }

  /// An exception of the observer reaches the caller.
  void write(const std::string& line) const {
    if (const Observer observer = observer_) observer(line);
  }

 private:
  Observer observer_;
};

template <>
inline std::shared_ptr<ReactorLog> adapt<ReactorLog>(Reactor&) {
  return std::make_shared<ReactorLog>();
}

}  // namespace loopmark
