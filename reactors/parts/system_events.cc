// SPDX-License-Identifier: MIT
#include "reactors/parts/system_events.h"

#include <algorithm>

namespace loopmark {
namespace {

std::size_t index(Phase phase) {
  return static_cast<std::size_t>(phase);
}

}  // namespace

SystemEvents::Event& SystemEvents::event(std::string_view name) {
  const auto found = events_.find(name);
  if (found != events_.end()) return *found->second;
  const auto made = std::make_shared<Event>();
  made->name = name;
  return *events_.emplace(made->name, made).first->second;
}

TriggerId SystemEvents::add(Phase phase, std::string_view name, Trigger trigger) {
  if (phase < Phase::kBefore || phase > Phase::kAfter) {
    throw std::invalid_argument("a system event has no such phase");
  }
  if (!trigger) throw std::invalid_argument("a system event trigger must not be empty");
  const TriggerId id{++last_id_};
  event(name).triggers[index(phase)].push_back({id, std::move(trigger)});
  return id;
}

void SystemEvents::remove(TriggerId id) {
  for (const auto& [name, event] : events_) {
    for (auto& triggers : event->triggers) {
      const auto has_id = [id](const Registration& r) { return r.id == id; };
      if (std::erase_if(triggers, has_id) > 0) return;
    }
  }
  if (are_dropped_) return;
  throw std::invalid_argument("no such system event trigger: removed, run, or never added");
}

void SystemEvents::fire(std::string_view name) {
  Event& fired = event(name);
  if (fired.firing.active && fired.firing.phase != Phase::kBefore) return;  // it is being finished
  if (!fired.firing.active) fired.firing = {true, Phase::kBefore, 0, ++last_firing_};
  start_before(fired, fired.firing.number);
}

void SystemEvents::abandon(std::string_view name) {
  event(name).firing = {};
}

void SystemEvents::drop() {
  are_dropped_ = true;
  for (const auto& [name, event] : events_) event->firing = {};
  for (const auto& [name, event] : events_) {
    for (auto& triggers : event->triggers) {
      while (!triggers.empty()) {
        const Registration dropped = std::move(triggers.front());
        triggers.pop_front();
      }
    }
  }
}

void SystemEvents::start_before(Event& event, std::uint64_t firing) {
  const auto holds = [&event, firing] {
    return event.firing.active && event.firing.number == firing;
  };
  // Held back once by ourselves, so that a Deferred which a later trigger completes cannot start the during phase
  // before all before triggers have been started (TRIG-09).
  ++event.firing.waiting_for;
  auto& triggers = event.triggers[index(Phase::kBefore)];
  while (holds() && !triggers.empty()) {
    Registration next = std::move(triggers.front());
    triggers.pop_front();
    try {
      Deferred result = next.trigger();
      if (holds()) wait_for(result, event, firing);
    } catch (...) {
      report(Failure::current(), event, Phase::kBefore);
    }
  }
  if (holds() && --event.firing.waiting_for == 0) finish(event);
}

void SystemEvents::wait_for(Deferred& result, Event& event, std::uint64_t firing) {
  // Weak: a Deferred may be completed when the reactor is gone.
  Deferred::Listener release =
      [this, firing,
       alive = std::weak_ptr<Event>(events_.find(event.name)->second)](const Failure& failure) {
        const std::shared_ptr<Event> held = alive.lock();
        if (!held) return;
        if (failure) report(failure, *held, Phase::kBefore);
        const bool ours = held->firing.active && held->firing.number == firing;
        if (ours && --held->firing.waiting_for == 0) finish(*held);
      };
  ++event.firing.waiting_for;
  try {
    result.add_both(std::move(release));
  } catch (...) {  // there is no memory to wait with
    --event.firing.waiting_for;
    throw;
  }
}

void SystemEvents::report(const Failure& failure, const Event& event, Phase phase) noexcept {
  constexpr const char* kNames[] = {"before", "during", "after"};
  std::string context;
  try {
    context = "system event trigger " + std::string(kNames[index(phase)]) + " " + event.name;
  } catch (...) {  // there is no memory for it
  }
  errors_.report(failure, context);
}

void SystemEvents::finish(Event& event) {
  const std::uint64_t firing = event.firing.number;
  for (const Phase phase : {Phase::kDuring, Phase::kAfter}) {
    event.firing.phase = phase;
    if (phase == Phase::kDuring) transition_(event.name);
    run_phase(event, phase);
    if (event.firing.number != firing) return;  // abandoned by a trigger
  }
  event.firing = {};
}

void SystemEvents::run_phase(Event& event, Phase phase) {
  const std::uint64_t firing = event.firing.number;
  auto& triggers = event.triggers[index(phase)];
  while (event.firing.number == firing && !triggers.empty()) {
    Registration next = std::move(triggers.front());
    triggers.pop_front();
    try {
      next.trigger();
    } catch (...) {
      report(Failure::current(), event, phase);
    }
  }
}

}  // namespace loopmark
