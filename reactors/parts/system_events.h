// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "reactors/parts/error_reports.h"
#include "reactors/reactor.h"

namespace loopmark {

/// The triggers of system events, and their firing in three phases (section TRIG of the contract). One thread.
class SystemEvents {
 public:
  /// `transition` is called with the event's name as the first action of each during phase.
  SystemEvents(ErrorReports& errors, std::function<void(std::string_view)> transition)
      : errors_(errors), transition_(std::move(transition)) {
    for (const char* const name : {"startup", "shutdown"})
      event(name);  // a run needs no memory for these
  }

  TriggerId add(Phase phase, std::string_view event, Trigger trigger);
  void remove(TriggerId id);

  /// Fires `event`. While a firing of the same event waits for a Deferred, another one only starts what has been added
  /// to its before phase since.
  void fire(std::string_view event);

  /// Gives up a firing of `event` that waits or is under way: triggers that have not run stay for the next firing.
  void abandon(std::string_view event);

  /// Gives up all firings and lets go of all triggers, for good. What they hold may remove triggers as it dies, those that
  /// are gone by then, too.
  void drop();

 private:
  struct Registration {
    TriggerId id;
    Trigger trigger;
  };
  struct Firing {
    bool active = false;
    Phase phase = Phase::kBefore;
    int waiting_for = 0;  // Deferreds of the before phase that are open
    std::uint64_t number =
        0;  // tells a Deferred whether the firing that it holds back is still this one
  };
  struct Event {
    std::string name;
    std::list<Registration> triggers[3];  // by phase
    Firing firing;
  };

  Event& event(std::string_view name);
  void start_before(Event& event, std::uint64_t firing);
  void wait_for(Deferred& result, Event& event, std::uint64_t firing);
  void finish(Event& event);
  void run_phase(Event& event, Phase phase);
  void report(const Failure& failure, const Event& event, Phase phase) noexcept;

  ErrorReports& errors_;
  std::function<void(std::string_view)> transition_;
  std::map<std::string, std::shared_ptr<Event>, std::less<>> events_;
  std::uint64_t last_id_ = 0;
  std::uint64_t last_firing_ = 0;
  bool are_dropped_ = false;
};

}  // namespace loopmark
