// SPDX-License-Identifier: MIT
#include "harness/calibration.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace loopmark::harness {
namespace {

// Nanoseconds. Long against a reading of the clock, and shorter than the slice a scheduler grants:
// on a busy machine the wall clock would else count slices, not work.
constexpr double kSlot = 2.5e6;
// How many times what an arm takes another may take, and do as many events in a slot.
constexpr std::uint64_t kComparable = 16;
// A slot's 99th percentile needs 100 operations, also in the shortest of the slots that jitter makes.
constexpr double kSampledOperations = 150;
// Fewer rounds have no interval of 99 %.
constexpr std::size_t kSamples = 8;
// Slots that are tried to learn what an event takes.
constexpr int kTries = 5;
// Steps of planted work that are timed to learn about what one takes.
constexpr std::uint64_t kPlantedSample = 200'000;
// Pairs of slots, with and without planted work, to learn what it really adds.
constexpr int kPlantedPairs = 21;

/// In processor time where that is what an event consists of: the wall clock would count what others
/// do in between. Two threads that take turns wait for each other: there it is the wall clock alone
/// that tells what is compared.
double ns_an_event(const ScenarioPlan& plan, const Json& slot) {
  const bool takes_turns = plan.quantity == Quantity::kTimePerEvent && plan.threads > 1;
  const char* const clock = is_per_event(plan.quantity) && !takes_turns ? "cpu_ns" : "wall_ns";
  return slot.at(clock).get<double>() / slot.at("events").get<double>();
}

/// What planted work is a part of: what is compared, in one slot. Where that is an operation, an event may be mostly waiting.
double ns_compared(ArmUnderTest& arm, const ScenarioPlan& plan, std::uint64_t events) {
  if (plan.quantity != Quantity::kOperation)
    return ns_an_event(plan, arm.ask(fmt::format("slot {} 0", events)));
  return read_histogram(arm.ask(fmt::format("sample {} 0", events)).at("latency")).median();
}

/// How many steps of planted work take as long as what is compared of `arm`, each timed by itself.
double steps_by_themselves(ArmUnderTest& arm, const ScenarioPlan& plan, std::uint64_t events) {
  std::vector<double> steps;
  for (int i = 0; i < 9; ++i) {
    const double event = ns_compared(arm, plan, events);
    steps.push_back(event / ns_an_event(plan, arm.ask(fmt::format("plant {}", kPlantedSample))));
  }
  return quantile(steps, 0.5);
}

}  // namespace

std::uint64_t events_of_a_slot(ArmUnderTest& arm) {
  const auto ns_an_event = [&](std::uint64_t events) {
    double least = std::numeric_limits<double>::max();
    for (int i = 0; i < kTries; ++i) {
      const Json slot = arm.ask(fmt::format("slot {} 0", events));
      const double wall = slot.at("wall_ns");
      least = std::min(least, wall / slot.at("events").get<double>());
    }
    return least;
  };
  std::uint64_t events = 16;
  double fitting = kSlot / ns_an_event(events);
  while (static_cast<double>(events) < fitting / 4) {
    events *= 4;
    fitting = kSlot / ns_an_event(events);
  }
  return static_cast<std::uint64_t>(std::max(1.0, fitting));
}

std::size_t rounds_a_sample(double operations, const ScenarioPlan& plan) {
  const std::size_t launch_rounds = plan.effort.launch_rounds;
  const std::size_t rounds = std::min(plan.effort.least_rounds, plan.rounds());
  for (std::size_t every = 1; every <= launch_rounds && rounds / every >= kSamples; ++every) {
    const bool enough = static_cast<double>(every) * operations >= kSampledOperations;
    if (launch_rounds % every == 0 && enough) return every;
  }
  return 1;
}

void align(std::vector<ArmResult>& arms) {
  std::vector<ArmResult*> left;
  for (ArmResult& arm : arms) {
    if (arm.events > 0) left.push_back(&arm);  // not lost
  }
  std::sort(left.begin(), left.end(),
            [](const ArmResult* a, const ArmResult* b) { return a->events > b->events; });
  for (auto first = left.begin(); first != left.end();) {
    const std::uint64_t most = (*first)->events;
    const auto end = std::find_if(first, left.end(), [most](const ArmResult* arm) {
      return arm->events * kComparable < most;
    });
    const auto fewest = static_cast<double>((*std::prev(end))->events);
    const double common = std::sqrt(static_cast<double>(most) * fewest);
    for (; first != end; ++first)
      (*first)->events = static_cast<std::uint64_t>(std::llround(common));
  }
}

double planted_steps_an_event(const ScenarioPlan& plan, const ArmResult& baseline,
                              const LaunchArm& launch) {
  const auto process = launch(baseline.plan);
  process->ask("prepare");
  const double alone = std::max(1.0, steps_by_themselves(*process, plan, baseline.events));
  if (!is_per_event(plan.quantity)) return alone;
  ArmPlan doubled = baseline.plan;
  doubled.planted_steps = static_cast<std::uint64_t>(std::llround(alone));
  const auto planted = launch(doubled);
  planted->ask("prepare");
  const std::string slot = fmt::format("slot {} {}", baseline.events, baseline.events / 10);
  std::vector<double> ratios;
  for (int i = 0; i < kPlantedPairs; ++i) {
    const double without = ns_an_event(plan, process->ask(slot));
    ratios.push_back(ns_an_event(plan, planted->ask(slot)) / without);
  }
  const double added = quantile(ratios, 0.5) - 1;
  // Where it adds next to nothing, the verdict on the planted arm will say so.
  return added > 0.1 ? static_cast<double>(doubled.planted_steps) / added : alone;
}

}  // namespace loopmark::harness
