// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

namespace loopmark::bench {

/// A known slow-down, made of real instructions: `steps` multiplications, each of which needs the one
/// before.
inline void planted_work(std::uint64_t steps) {
  std::uint64_t value = steps;
  for (; steps > 0; --steps) {
    value = value * 6364136223846793005U + 1;
    asm volatile("" : "+r"(value));  // or the compiler would find a shorter way
  }
}

/// Traffic whose callbacks have planted work in front of them.
template <class T>
class PlantedTraffic {
 public:
  PlantedTraffic(T& traffic, std::uint64_t steps) : traffic_(traffic), steps_(steps) {}

  std::size_t size() const { return traffic_.size(); }
  int descriptor(std::size_t i) const { return traffic_.descriptor(i); }
  bool done() const { return traffic_.done(); }
  void readable(std::size_t i) {
    planted_work(steps_);
    traffic_.readable(i);
  }

 private:
  T& traffic_;
  std::uint64_t steps_;
};

}  // namespace loopmark::bench
