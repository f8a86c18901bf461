// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <typeindex>

namespace loopmark {

/// The services of one reactor, by their interface: each is made on first use and lives as long as the reactor. Reactor
/// thread. services/query.h is how it is used.
class ServiceShelf {
 public:
  /// Points to the interface, and owns what implements it.
  using Service = std::shared_ptr<void>;
  /// The reactor's own implementation of an interface; null where it has none.
  using NativeMaker = std::function<Service(std::type_index interface)>;

  struct Entry {
    Service service;
    bool native;
  };

  /// Set by who makes the reactor, before anything is asked for.
  void set_native(NativeMaker make) { make_native_ = std::move(make); }

  /// What was made for `interface` before; else the reactor's own; else what `adapt` makes, which may be null.
  const Entry& find(std::type_index interface, const std::function<Service()>& adapt) {
    // Its place first: a service that is made may be known to others at once, and cannot be dropped for want of a place.
    Entry& entry = entries_[interface];
    if (!entry.service && make_native_) entry = {make_native_(interface), true};
    if (!entry.service) entry = {adapt(), false};
    return entry;
  }

  /// Lets go of all, before what they are built on.
  void clear() {
    while (!entries_.empty()) entries_.erase(entries_.begin());
  }

 private:
  NativeMaker make_native_;
  std::map<std::type_index, Entry> entries_;
};

}  // namespace loopmark
