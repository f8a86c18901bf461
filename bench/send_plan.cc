// SPDX-License-Identifier: MIT
#include "bench/send_plan.h"

#include <random>

namespace loopmark::bench {
namespace {

Duration seconds(double value) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(value));
}

}  // namespace

SendPlan fixed_plan(double rate, std::size_t count) {
  SendPlan plan(count);
  for (std::size_t k = 0; k < count; ++k) plan[k].when = seconds(static_cast<double>(k) / rate);
  return plan;
}

SendPlan poisson_plan(double rate, std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::exponential_distribution<double> distance(rate);
  SendPlan plan(count);
  double when = 0;
  for (PlannedRequest& request : plan) request.when = seconds(when += distance(random));
  return plan;
}

}  // namespace loopmark::bench
