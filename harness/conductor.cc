// SPDX-License-Identifier: MIT
#include "harness/conductor.h"

#include <fmt/format.h>
#include <sched.h>
#include <stdlib.h>

#include <algorithm>
#include <cmath>

#include "harness/calibration.h"

namespace loopmark::harness {
namespace {

// So that slots keep no step with the timer tick.
constexpr double kJitter = 0.2;
// Events before each slot, or a tenth of it.
constexpr std::uint64_t kWarmUp = 300;
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

bool has_planted(const ScenarioPlan& plan) {
  return std::any_of(plan.arms.begin(), plan.arms.end(),
                     [](const ArmPlan& arm) { return arm.planted > 0; });
}

/// FNV-1a: the same everywhere and for ever, as a seed must be.
std::uint64_t hash(std::string_view text) {
  std::uint64_t value = 14695981039346656037U;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return value;
}

/// How many operations are timed for each event of a slot; 0 where it has none, or they are what is
/// compared.
double operations_an_event(const ScenarioPlan& plan, ArmUnderTest& arm, std::uint64_t events) {
  if (plan.operation.empty() || !is_per_event(plan.quantity)) return 0;
  const Json latency = arm.ask(fmt::format("sample {} 0", events)).at("latency");
  return static_cast<double>(read_histogram(latency).count()) / static_cast<double>(events);
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
  const std::chrono::duration<double> most(plan.seconds());
  const TimePoint own = most.count() > 0 ? Clock::now() + std::chrono::duration_cast<Duration>(most)
                                         : TimePoint::max();
  ScenarioResult result = begun != nullptr ? *begun : begin(plan);
  for (bool launched = false; result.ended().empty() && !out_.interrupted(); launched = true) {
    const std::string why = reason_to_stop(result, deadline, own);
    if (!why.empty()) {
      keep(result, end_record(plan.id(), why));
      break;
    }
    if (!launched || result.rounds() % plan.effort.launch_rounds == 0) {
      launch(result, result.rounds() / plan.effort.launch_rounds);
      for (std::size_t i = 0; i < kDiscardedRounds; ++i) discard_round(result);
    }
    round(result);
    watch_warm_up(result);
    out_.progress(result);
  }
  seats_.clear();
  return result;
}

/// Calibrates every arm, one process at a time, then the planted work, and opens the scenario in the journal. Where the work
/// goes by a pace, it is the plan's, or else the one that the baseline finds here, for all processes to come.
ScenarioResult Conductor::begin(ScenarioPlan plan) {
  const std::vector<int> cpus = available_cpus();
  std::vector<ArmResult> arms;
  std::vector<std::pair<std::size_t, ArmLost>> losses;
  double operations = 0;
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
                                            : events_of_a_slot(*process);
      if (arms.size() == 1) operations = operations_an_event(plan, *process, found.events);
      process->ask("verify");
    } catch (const ArmLost& loss) {
      found.events = 0;  // or what it took, of work that was not done, would decide for others
      losses.emplace_back(arms.size() - 1, loss);
    }
  }
  align(arms);
  plan.sampled_every =
      rounds_a_sample(operations * static_cast<double>(arms.front().events) / 2, plan);
  try {
    const bool has_baseline = losses.empty() || losses.front().first > 0;
    const double steps = has_planted(plan) && has_baseline
                             ? planted_steps_an_event(
                                   plan, arms.front(),
                                   [&](const ArmPlan& arm) { return out_.launch(plan, arm, cpus); })
                             : 0;
    for (ArmResult& arm : arms) {
      arm.plan.planted_steps = static_cast<std::uint64_t>(std::llround(arm.plan.planted * steps));
    }
  } catch (const ArmLost& loss) {
    losses.emplace_back(0, loss);
  }
  const Json record = scenario_record(plan, arms);
  ScenarioResult result(record);
  out_.append(record);
  for (const auto& [arm, loss] : losses) lose(result, arm, loss);
  return result;
}

/// In this order: what cannot be read must not reach the journal, or no --resume gets past it.
void Conductor::keep(ScenarioResult& result, const Json& record) {
  result.add(record);
  out_.append(record);
}

void Conductor::lose(ScenarioResult& result, std::size_t arm, const ArmLost& loss) {
  keep(result,
       lost_record(result.plan().id(), result.arms()[arm].plan.label, loss.what(), loss.refused));
  std::erase_if(seats_, [arm](const Seat& seat) { return seat.arm == arm; });
}

/// New processes for all arms, in random order, on a processor drawn for all of them. All are begun before the first is asked,
/// so that they start up at the same time.
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
      seats_.push_back({arm, out_.launch(result.plan(), result.arms()[arm].plan, cpus)});
    } catch (const ArmLost& loss) {
      lose(result, arm, loss);
    }
  }
  ask_all(result, [](const ArmResult&) { return std::string("prepare"); });
}

void Conductor::discard_round(ScenarioResult& result) {
  ask_all(result, [](const ArmResult& arm) { return fmt::format("slot {} 0", arm.events); });
}

/// The answers do not count, but whoever gives none is lost.
void Conductor::ask_all(ScenarioResult& result,
                        const std::function<std::string(const ArmResult&)>& command) {
  std::vector<std::pair<std::size_t, ArmLost>> losses;
  for (const Seat& seat : seats_) {
    try {
      seat.process->ask(command(result.arms()[seat.arm]));
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
  keep(result, round_record(result.plan().id(), result.rounds(), labels, slots, latencies));
}

/// One slot of an arm, and, when it is their turn, the latencies of its operations where it has some.
/// Those are taken in a slot of their own, for their clock readings cost time, except where they are
/// what is compared.
Json Conductor::measured(const ScenarioResult& result, ArmUnderTest& process, const ArmResult& arm,
                         double jitter) {
  const auto events = std::max<std::uint64_t>(
      1, static_cast<std::uint64_t>(jitter * static_cast<double>(arm.events)));
  const bool has_operations = !result.plan().operation.empty();
  if (!is_per_event(result.plan().quantity)) {
    return process.ask(fmt::format("{} {} 0", has_operations ? "sample" : "slot", events));
  }
  Json slot = process.ask(fmt::format("slot {} {}", events, warm_up_for(result, events)));
  if (has_operations && result.plan().samples_in(result.rounds())) {
    const std::uint64_t sampled = result.plan().sampled_every * events / 2 + 1;
    slot["latency"] = process.ask(fmt::format("sample {} 0", sampled)).at("latency");
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
  keep(result, warm_up_record(result.plan().id(), result.rounds(), unsteady));
}

/// At its own deadline it ends when it has rounds enough for a verdict, if it shall have one.
std::string Conductor::reason_to_stop(const ScenarioResult& result, TimePoint deadline,
                                      TimePoint own_deadline) {
  const ScenarioPlan& plan = result.plan();
  if (!result.baseline().lost.empty()) return "the baseline is lost: " + result.baseline().lost;
  const std::size_t rounds = result.rounds();
  if (rounds >= plan.rounds()) return "rounds";
  const TimePoint now = Clock::now();
  const bool is_over =
      rounds >= (plan.judged ? plan.effort.least_rounds : 1) && now >= own_deadline;
  if (is_over || (rounds > 0 && now >= deadline)) return "time";
  if (is_look(rounds) && plan.judged && rounds >= plan.effort.least_rounds &&
      result.widest() <= plan.effort.target) {
    return "precision";
  }
  return "";
}

}  // namespace loopmark::harness
