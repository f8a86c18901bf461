// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <stdexcept>
#include <utility>

#include "bench/bare/epoll.h"
#include "bench/bare/poll.h"
#include "bench/bare/select.h"
#include "bench/bare_carrier.h"
#include "bench/library_carrier.h"
#include "bench/reactor_carrier.h"

namespace loopmark::bench {

/// The carrier that `arm` stands for, with the traffic's descriptors registered; over `loop`, which
/// arm.make_loop() has made. Throws Refused.
template <Traffic T>
std::unique_ptr<Carrier> make_carrier(const Arm& arm, ArmLoop loop, T& traffic) {
  if (loop.reactor) return std::make_unique<ReactorCarrier<T>>(std::move(loop.reactor), traffic);
  if (loop.library) return std::make_unique<LibraryCarrier<T>>(std::move(loop.library), traffic);
  if (arm.name == kBareEpoll) return make_bare_carrier<bare::Epoll>(arm, traffic);
  if (arm.name == kBarePoll) return make_bare_carrier<bare::Poll>(arm, traffic);
  if (arm.name == kBareSelect) return make_bare_carrier<bare::Select>(arm, traffic);
  throw std::invalid_argument("there is no bare loop '" + arm.name + "'");
}

}  // namespace loopmark::bench
