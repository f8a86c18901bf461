// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "reactors/services/query.h"

namespace loopmark {

/// Finds hosts by their names, without blocking the loop (section CORE-RES). Reactor thread.
class ReactorNameResolver {
 public:
  virtual ~ReactorNameResolver() = default;

  /// Called once, on the reactor's thread, unless resolve() throws: with an IP literal, or with a DNSLookupError.
  using Answer = std::function<void(const Failure& failed, const std::string& literal)>;

  /// Looks `host` up. A literal is its own answer, "" is 0.0.0.0, and both are given inside the call; all else is asked
  /// for in the thread pool, once the reactor runs (throws what that throws). An answer after `timeout` is dropped.
  virtual void resolve(const std::string& host, Duration timeout, Answer answer) = 0;

  /// The literal of a host. May block, and throw; called on threads of the pool.
  using Lookup = std::function<std::string(const std::string& host)>;

  /// Replaces getaddrinfo(3), and answers what was used before (CORE-RES-04).
  virtual Lookup set_lookup(Lookup lookup) = 0;
};

template <>
std::shared_ptr<ReactorNameResolver> adapt<ReactorNameResolver>(Reactor& reactor);

}  // namespace loopmark
