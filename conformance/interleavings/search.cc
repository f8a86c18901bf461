// SPDX-License-Identifier: MIT
#include "conformance/interleavings/search.h"

#include "conformance/interleavings/choices.h"
#include "conformance/interleavings/scheduler.h"
#include "conformance/interleavings/wakers.h"

namespace loopmark::conformance::interleavings {
namespace {

void run_once(const Scenario& scenario, const Backend& backend, Choices& choices) {
  std::string error;
  make_wakers_full(scenario.full_wakers);
  const auto reactor = backend.make();
  make_wakers_full(false);
  reactor->set_error_observer([&error](const ErrorReport& report) {
    error = "an error was reported: " + report.context + ": " + report.failure.message();
  });
  begin_control(choices);
  std::string fault = scenario.run(*reactor);
  if (fault.empty()) fault = error;
  if (!fault.empty()) fail(fault);
  end_control();
}

}  // namespace

std::uint64_t schedules_so_far = 0;

Searched search(const Scenario& scenario, const Backend& backend, std::size_t most_preemptions,
                std::uint64_t most_schedules) {
  Choices first(
      0);  // libraries do some things only once: not in the search, where executions must repeat
  run_once(scenario, backend, first);

  Choices choices(most_preemptions);
  Searched searched;
  do {
    schedules_so_far = ++searched.schedules;
    run_once(scenario, backend, choices);
    searched.ended = !choices.next();
  } while (!searched.ended && searched.schedules < most_schedules);
  searched.complete = searched.ended && choices.complete();
  return searched;
}

}  // namespace loopmark::conformance::interleavings
