// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "reactors/base/time.h"

namespace loopmark::bench {

/// When requests are to be sent, whatever becomes of those before: counted from the beginning, in
/// order.
struct PlannedRequest {
  Duration when{};
  Duration work{};  // that the server spends on it
};
using SendPlan = std::vector<PlannedRequest>;

/// `count` requests at even distances, `rate` a second.
SendPlan fixed_plan(double rate, std::size_t count);

/// `count` requests at random distances, `rate` a second on average: a Poisson process, the same for
/// the same `seed`.
SendPlan poisson_plan(double rate, std::size_t count, std::uint64_t seed);

}  // namespace loopmark::bench
