// SPDX-License-Identifier: MIT
//
// A case that is run to count the calls that can fail in it, or with one of them failing: what the worker does beside
// running it, and what it says of it.
//
//   result line, either way:    "left": {"descriptors": 1, ..., "what": "..."} (left_over.h), "broken": "..." (promises.h)
//   result line, counting:      "calls": [{"call": "recv", "errors": ["EINTR", "short"], "from": 1, "to": 7}, ...]
//   result line, with a fault:  "fault": {"met": true, "told": "...", "stated": "..."}
//   before that, at once, when the fault's error has come out: {"told": "..."}
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "conformance/case.h"
#include "conformance/faults.h"
#include "conformance/left_over.h"

namespace loopmark::conformance::faults {

/// What is asked for; neither: nothing, and the functions below do nothing.
struct Wish {
  bool counts = false;
  std::optional<Fault> fault;

  explicit operator bool() const { return counts || fault; }
};

/// Before the case and its reactor are made. `case_name` is "CLAUSE/Name"; `wish` and `case_name` outlive the run. `give_up`
/// ends the process with a failed case and this message: for a case that, once it was told of the error, ends it itself,
/// by a thread that is left running or a null pointer, or does not end at all.
void begin(const Wish& wish, const std::string& case_name, int result_fd,
           void (*give_up)(const std::string& message));

/// Once the case has its reactor: hears the log of the services; and ends a run that waits without end after the error
/// was told, since most cases have no other way to go on.
void attend(CaseContext& context);

/// When the case is over and its reactor is gone: what there was before it, and what there is now.
void end(const Holdings& before, const Holdings& after);

/// What is to be said in the result. Also in the middle of a case.
void add_to(nlohmann::ordered_json& result);

}  // namespace loopmark::conformance::faults
