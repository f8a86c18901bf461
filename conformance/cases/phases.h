// SPDX-License-Identifier: MIT
//
// What the cases of life cycle and triggers have in common: logging.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "conformance/case.h"

namespace loopmark::conformance {

using Events = std::vector<std::string>;

/// A function that logs `event`.
inline auto logs(CaseContext& t, std::string event) {
  return [&t, event = std::move(event)] { t.log(event); };
}

/// Logs "before shutdown", "during shutdown" and "after shutdown" when the next firing of that event gets there.
inline void log_phases(CaseContext& t, const std::string& event) {
  t.reactor().add_system_event_trigger(Phase::kBefore, event, logs(t, "before " + event));
  t.reactor().add_system_event_trigger(Phase::kDuring, event, logs(t, "during " + event));
  t.reactor().add_system_event_trigger(Phase::kAfter, event, logs(t, "after " + event));
}

/// How often `event` was logged.
inline auto times(const CaseContext& t, const std::string& event) {
  return std::count(t.events().begin(), t.events().end(), event);
}

}  // namespace loopmark::conformance
