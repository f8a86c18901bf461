// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "bench/arm.h"
#include "bench/planted_work.h"
#include "bench/traffic.h"

namespace loopmark::bench {

/// By a loop of our own making, with nothing between the system call and the traffic.
template <class Loop, Traffic T>
class BareCarrier final : public Carrier {
 public:
  explicit BareCarrier(T& traffic) : traffic_(traffic) {
    for (std::size_t i = 0; i < traffic.size(); ++i) loop_.watch(traffic.descriptor(i), i);
  }

  void carry() override {
    while (!traffic_.done()) {
      loop_.pass([this](std::size_t i) { traffic_.readable(i); });
    }
  }

  std::string evidence() const override { return std::string(Loop::kName); }

 private:
  T& traffic_;
  Loop loop_;
};

/// A bare carrier of traffic with planted work.
template <class Loop, Traffic T>
class PlantedCarrier final : public Carrier {
 public:
  PlantedCarrier(T& traffic, std::uint64_t steps) : traffic_(traffic, steps), carrier_(traffic_) {}

  void carry() override { carrier_.carry(); }
  std::string evidence() const override { return carrier_.evidence(); }

 private:
  PlantedTraffic<T> traffic_;
  BareCarrier<Loop, PlantedTraffic<T>> carrier_;
};

/// The carrier of a bare arm, with planted work where the arm has some.
template <class Loop, Traffic T>
std::unique_ptr<Carrier> make_bare_carrier(const Arm& arm, T& traffic) {
  if (arm.planted_steps == 0) return std::make_unique<BareCarrier<Loop, T>>(traffic);
  return std::make_unique<PlantedCarrier<Loop, T>>(traffic, arm.planted_steps);
}

}  // namespace loopmark::bench
