// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "bench/arm.h"
#include "bench/bare_service.h"
#include "bench/library_service.h"
#include "bench/reactor_service.h"
#include "bench/workload.h"

namespace loopmark::bench {

/// The carrier that `arm` stands for, with what the service waits for at first registered; over
/// `loop`, which arm.make_loop() has made. Planted work is the service's own matter. Throws Refused.
template <class S>
std::unique_ptr<Carrier> make_service_carrier(const Arm& arm, ArmLoop loop, S& service) {
  static_assert(Service<S, BareService<S>>);
  try {
    if (loop.reactor) return std::make_unique<ReactorService<S>>(std::move(loop.reactor), service);
    if (loop.library) return std::make_unique<LibraryService<S>>(std::move(loop.library), service);
    if (arm.name == kBareEpoll) return std::make_unique<BareService<S>>(service);
  } catch (const std::system_error& error) {
    throw Refused(std::string("cannot watch all descriptors: ") + error.what());
  }
  throw std::invalid_argument("there is no bare loop '" + arm.name + "'");
}

}  // namespace loopmark::bench
