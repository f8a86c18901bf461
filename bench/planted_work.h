// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

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

/// Planted work for short events. The processor does a few steps beside what there is to do else, at
/// no cost (of 11 ns before a system call, 3 were left); so they are put off until there are many.
class PlantedDebt {
 public:
  explicit PlantedDebt(std::uint64_t steps) : steps_(steps) {}

  void owe_for(std::uint64_t events) {
    owed_ += steps_ * events;
    if (owed_ >= kMany) planted_work(std::exchange(owed_, 0));
  }

 private:
  static constexpr std::uint64_t kMany = 500;

  std::uint64_t steps_;  // an event
  std::uint64_t owed_ = 0;
};

/// Traffic whose callbacks have planted work in front of them.
template <class T>
class PlantedTraffic {
 public:
  PlantedTraffic(T& traffic, std::uint64_t steps) : traffic_(traffic), planted_(steps) {}

  std::size_t size() const { return traffic_.size(); }
  int descriptor(std::size_t i) const { return traffic_.descriptor(i); }
  bool done() const { return traffic_.done(); }
  void readable(std::size_t i) {
    planted_.owe_for(1);
    traffic_.readable(i);
  }

 private:
  T& traffic_;
  PlantedDebt planted_;
};

}  // namespace loopmark::bench
