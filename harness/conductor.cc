// SPDX-License-Identifier: MIT
#include "harness/conductor.h"

#include <fmt/format.h>
#include <sched.h>
#include <stdlib.h>

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
// So that slots keep no step with the timer tick.
constexpr double kJitter = 0.2;
// Events before each slot, or a tenth of it.
constexpr std::uint64_t kWarmUp = 300;
// Rounds after a launch that do not count: a new process meets cold caches and page faults.
constexpr std::size_t kDiscarded = 2;
// Slots that are tried to learn what an event takes.
constexpr int kTries = 5;
// Steps of planted work that are timed to learn about what one takes.
constexpr std::uint64_t kPlantedSample = 200'000;
// Pairs of slots, with and without planted work, to learn what it really adds.
constexpr int kPlantedPairs = 21;
// Then at 100, 200, ...: who looks after each round will find luck.
constexpr std::size_t kFirstLook = 50;

bool is_look(std::size_t rounds) {
  while (rounds > kFirstLook && rounds % 2 == 0) rounds /= 2;
  return rounds == kFirstLook;
}

std::vector<int> available_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> cpus;
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(static_cast<std::size_t>(cpu), &set)) cpus.push_back(cpu);
  }
  return cpus;
}

std::uint64_t warm_up_for(const ScenarioResult& result, std::uint64_t events) {
  if (result.plan().slot_events > 0) return 0;
  return std::min(kWarmUp, events / 10) << result.warm_up_doublings();
}

double wall_of(const Json& slot) {
  return slot.at("wall_ns").get<double>();
}

/// How many events make a slot of the right length. The fastest of several tries counts: whatever
/// else the machine does can only add to the time, and a slot must not become short by that.
std::uint64_t calibrate(ArmUnderTest& arm) {
  const auto ns_an_event = [&](std::uint64_t events) {
    double least = std::numeric_limits<double>::max();
    for (int i = 0; i < kTries; ++i) {
      const Json slot = arm.ask(fmt::format("slot {} 0", events));
      least = std::min(least, wall_of(slot) / slot.at("events").get<double>());
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

bool has_planted(const ScenarioPlan& plan) {
  return std::any_of(plan.arms.begin(), plan.arms.end(),
                     [](const ArmPlan& arm) { return arm.planted > 0; });
}

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
  return read_histogram(arm.ask(fmt::format("sample {} 0", events)).at("latency")).percentile(0.5);
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

/// Arms whose costs are not worlds apart do exactly as many events: that alone makes their slots the same work, for the first
/// events of a slot meet colder caches than the last. As many as are the geometric mean of the most and the fewest that fill
/// a slot of one of them.
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
    for (; first != end; ++first) (*first)->events = static_cast<std::uint64_t>(common + 0.5);
  }
}

/// FNV-1a: the same everywhere and for ever, as a seed must be.
std::uint64_t hash(std::string_view text) {
  std::uint64_t value = 14695981039346656037U;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return value;
}

/// Environment and arguments lie on the stack: a random length of them moves what a process has
/// there, and a workload's worker moves its heap by as much.
void pad_environment(std::mt19937_64& random) {
  const auto length = std::uniform_int_distribution<std::size_t>(0, 4096)(random);
  ::setenv("LOOPMARK_PADDING", std::string(length, 'x').c_str(), 1);
}

}  // namespace

std::mt19937_64 Conductor::random_for(const ScenarioResult& result, std::string_view what,
                                      std::size_t number) const {
  const std::uint64_t name =
      hash(result.plan().id() + std::string(static_cast<std::size_t>(result.plan().attempt), '.') +
           std::string(what));
  std::seed_seq seed{out_.seed, out_.seed >> 32, name, name >> 32, std::uint64_t{number}};
  return std::mt19937_64(seed);
}

ScenarioResult Conductor::conduct(const ScenarioPlan& plan, const ScenarioResult* begun,
                                  TimePoint deadline) {
  if (plan.seconds() > 0) {
    const std::chrono::duration<double> most(plan.seconds());
    deadline = std::min(deadline, Clock::now() + std::chrono::duration_cast<Duration>(most));
  }
  ScenarioResult result = begun != nullptr ? *begun : begin(plan);
  for (bool launched = false; result.ended().empty() && !out_.interrupted(); launched = true) {
    const std::string why = reason_to_stop(result, deadline);
    if (!why.empty()) {
      const Json record = end_record(plan.id(), why);
      result.add(record);
      out_.append(record);
      break;
    }
    if (!launched || result.rounds() % plan.effort.launch_rounds == 0) {
      launch(result, result.rounds() / plan.effort.launch_rounds);
      for (std::size_t i = 0; i < kDiscarded; ++i) discard_round(result);
    }
    round(result);
    watch_warm_up(result);
    out_.progress(result);
  }
  seats_.clear();
  return result;
}

/// How many steps of planted work make an event of the baseline take twice as long, in slots as they are measured. Among an
/// event's other work a step takes not what it takes by itself: part of it is done beside, and slots that alternate with
/// others' are slower. So two processes take turns, one of them with about that work.
double Conductor::steps_an_event(const ScenarioPlan& plan, const ArmResult& baseline,
                                 const std::vector<int>& cpus) {
  const auto process = out_.launch(plan, baseline.plan, cpus);
  process->ask("prepare");
  const double alone = std::max(1.0, steps_by_themselves(*process, plan, baseline.events));
  if (!is_per_event(plan.quantity)) return alone;
  ArmPlan doubled = baseline.plan;
  doubled.planted_steps = static_cast<std::uint64_t>(alone + 0.5);
  const auto planted = out_.launch(plan, doubled, cpus);
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

/// Calibrates every arm, one process at a time, then the planted work, and opens the scenario in the journal. Where the work
/// goes by a pace, it is the one that the baseline finds here, for all processes to come.
ScenarioResult Conductor::begin(ScenarioPlan plan) {
  const std::vector<int> cpus = available_cpus();
  std::vector<ArmResult> arms;
  std::vector<std::pair<std::size_t, ArmLost>> losses;
  for (const ArmPlan& arm : plan.arms) {
    ArmResult& found = arms.emplace_back();
    found.plan = arm;
    try {
      const auto process = out_.launch(plan, arm, cpus);
      const Json prepared = process->ask("prepare");
      found.evidence = prepared.at("evidence");
      if (arms.size() == 1) plan.pace = prepared.value("pace", 0.0);
      // What is the same program does the same work, whatever the machine did meanwhile.
      const bool same = arms.size() > 1 && arm.arm == arms.front().plan.arm;
      found.events = same                   ? arms.front().events
                     : plan.slot_events > 0 ? plan.slot_events
                                            : calibrate(*process);
      process->ask("verify");
    } catch (const ArmLost& loss) {
      losses.emplace_back(arms.size() - 1, loss);
    }
  }
  align(arms);
  try {
    const bool has_baseline = losses.empty() || losses.front().first > 0;
    const double steps =
        has_planted(plan) && has_baseline ? steps_an_event(plan, arms.front(), cpus) : 0;
    for (ArmResult& arm : arms) {
      arm.plan.planted_steps = static_cast<std::uint64_t>(arm.plan.planted * steps + 0.5);
    }
  } catch (const ArmLost& loss) {
    losses.emplace_back(0, loss);
  }
  const Json record = scenario_record(plan, arms);
  out_.append(record);
  ScenarioResult result(record);
  for (const auto& [arm, loss] : losses) lose(result, arm, loss);
  return result;
}

void Conductor::lose(ScenarioResult& result, std::size_t arm, const ArmLost& loss) {
  const Json record =
      lost_record(result.plan().id(), result.arms()[arm].plan.label, loss.what(), loss.refused);
  result.add(record);
  out_.append(record);
  std::erase_if(seats_, [arm](const Seat& seat) { return seat.arm == arm; });
}

/// New processes for all arms, in random order, on a processor drawn for all of them.
void Conductor::launch(ScenarioResult& result, std::size_t block) {
  seats_.clear();
  std::mt19937_64 random = random_for(result, "launch", block);
  std::vector<int> cpus = available_cpus();
  std::shuffle(cpus.begin(), cpus.end(), random);
  std::vector<std::size_t> order;
  for (std::size_t arm = 0; arm < result.arms().size(); ++arm) {
    if (result.arms()[arm].lost.empty()) order.push_back(arm);
  }
  std::shuffle(order.begin(), order.end(), random);
  for (const std::size_t arm : order) {
    pad_environment(random);
    try {
      auto process = out_.launch(result.plan(), result.arms()[arm].plan, cpus);
      process->ask("prepare");
      seats_.push_back({arm, std::move(process)});
    } catch (const ArmLost& loss) {
      lose(result, arm, loss);
    }
  }
}

void Conductor::discard_round(ScenarioResult& result) {
  std::vector<std::pair<std::size_t, ArmLost>> losses;
  for (const Seat& seat : seats_) {
    try {
      seat.process->ask(fmt::format("slot {} 0", result.arms()[seat.arm].events));
    } catch (const ArmLost& loss) {
      losses.emplace_back(seat.arm, loss);
    }
  }
  for (const auto& [arm, loss] : losses) lose(result, arm, loss);
}

void Conductor::round(ScenarioResult& result) {
  std::mt19937_64 random = random_for(result, "round", result.rounds());
  const double jitter = std::uniform_real_distribution<double>(1 - kJitter, 1 + kJitter)(random);
  std::sort(seats_.begin(), seats_.end(),
            [](const Seat& a, const Seat& b) { return a.arm < b.arm; });
  std::vector<const Seat*> order;
  for (const Seat& seat : seats_) order.push_back(&seat);
  std::shuffle(order.begin(), order.end(), random);

  Json labels = Json::array();
  Json slots = Json::object();
  Json latencies = Json::object();
  std::vector<std::pair<std::size_t, ArmLost>> losses;
  for (const Seat* const seat : order) {
    const ArmResult& arm = result.arms()[seat->arm];
    labels.push_back(arm.plan.label);
    try {
      Json slot = measured(result, *seat->process, arm, jitter);
      if (slot.contains("latency")) {
        latencies[arm.plan.label] = std::move(slot["latency"]);
        slot.erase("latency");
      }
      seat->process->ask("verify");
      slots[arm.plan.label] = std::move(slot);
    } catch (const ArmLost& loss) {
      losses.emplace_back(seat->arm, loss);
    }
  }
  for (const auto& [arm, loss] : losses) lose(result, arm, loss);
  const Json record = round_record(result.plan().id(), result.rounds(), labels, slots, latencies);
  out_.append(record);
  result.add(record);
}

/// One slot of an arm, with the latencies of its operations where it has some. Those are taken in a
/// slot of their own, for their clock readings cost time, except where they are what is compared.
Json Conductor::measured(const ScenarioResult& result, ArmUnderTest& process, const ArmResult& arm,
                         double jitter) {
  const auto events = std::max<std::uint64_t>(
      1, static_cast<std::uint64_t>(jitter * static_cast<double>(arm.events)));
  const bool has_operations = !result.plan().operation.empty();
  if (!is_per_event(result.plan().quantity)) {
    return process.ask(fmt::format("{} {} 0", has_operations ? "sample" : "slot", events));
  }
  Json slot = process.ask(fmt::format("slot {} {}", events, warm_up_for(result, events)));
  if (has_operations) {
    slot["latency"] = process.ask(fmt::format("sample {} 0", events / 2 + 1)).at("latency");
  }
  return slot;
}

/// Where the first rounds after a launch differ from the last before the next, the warm-up is
/// doubled, as often as it can be and there are rounds to come.
void Conductor::watch_warm_up(ScenarioResult& result) {
  const bool over = result.rounds() >= result.plan().rounds();
  if (over || !is_look(result.rounds()) || !result.can_warm_longer()) return;
  const std::string unsteady = result.unsteady();
  if (unsteady.empty()) return;
  const Json record = warm_up_record(result.plan().id(), result.rounds(), unsteady);
  result.add(record);
  out_.append(record);
}

std::string Conductor::reason_to_stop(const ScenarioResult& result, TimePoint deadline) {
  const ScenarioPlan& plan = result.plan();
  if (!result.baseline().lost.empty()) return "the baseline is lost: " + result.baseline().lost;
  const std::size_t rounds = result.rounds();
  if (rounds >= plan.rounds()) return "rounds";
  if (rounds > 0 && Clock::now() >= deadline) return "time";
  if (is_look(rounds) && plan.judged && rounds >= plan.effort.least_rounds &&
      result.widest() <= plan.effort.target) {
    return "precision";
  }
  return "";
}

}  // namespace loopmark::harness
