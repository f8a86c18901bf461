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
    if (const auto known = entries_.find(interface); known != entries_.end()) return known->second;
    Entry entry{make_native_ ? make_native_(interface) : nullptr, true};
    if (!entry.service) entry = {adapt(), false};
    return entries_.emplace(interface, std::move(entry)).first->second;
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
