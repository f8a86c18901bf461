// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "reactors/reactor.h"

namespace loopmark::conformance {

/// `made` with somebody around it who notes when it breaks a promise (promises.h): a callback of a descriptor that was removed
/// or lost, a loss that is told twice or not at all, a function that is called twice.
std::unique_ptr<Reactor> observed(std::unique_ptr<Reactor> made);

}  // namespace loopmark::conformance
