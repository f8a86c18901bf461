// SPDX-License-Identifier: MIT
//
// Traffic is what a workload does with its descriptors; a carrier is a loop that waits for them and
// passes readiness on. So each workload is written once, and each loop once. All is resolved at
// compile time but for one call a slot.
#pragma once

#include <concepts>
#include <cstddef>
#include <string>

namespace loopmark::bench {

/// Descriptors are numbered from 0. readable(i) takes what is there at the i-th, without waiting
/// for more.
template <class T>
concept Traffic = requires(T traffic, const T& state, std::size_t i) {
  { state.size() } -> std::convertible_to<std::size_t>;
  { state.descriptor(i) } -> std::same_as<int>;
  traffic.readable(i);
  { state.done() } -> std::same_as<bool>;
};

class Carrier {
 public:
  virtual ~Carrier() = default;
  /// Serves the traffic until it is done.
  virtual void carry() = 0;
  virtual std::string evidence() const = 0;
};

}  // namespace loopmark::bench
