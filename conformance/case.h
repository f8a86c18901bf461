// SPDX-License-Identifier: MIT
//
// What a case looks like. It judges one clause of CONTRACT.md on whatever backend it is given, and never names one:
//
//   CASE("FD-READ-01", ReaderIsCalledWhenDataArrives,
//        "do_read is called when the descriptor has data to read", "reader_not_called") {
//     const auto [near, far] = socket_pair();
//     ...
//     t.reactor().run();
//     EXPECT_EQ(probe->reads, 1);
//   }
//
// The checks are GoogleTest's. Every (backend, case) pair runs in a process of its own.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "reactors/backend.h"
#include "reactors/reactor.h"

namespace loopmark::conformance {

using namespace std::chrono_literals;

/// What a case is given: the reactor of the backend under test, a log of events, and the errors that it reported. When
/// the case has ended, the reactor is destroyed, and these make it fail: an error that was reported and not taken, and
/// a descriptor that is open and was not before.
class CaseContext {
 public:
  /// `is_observed`: promises that its reactors break are noted (observed_reactor.h).
  explicit CaseContext(const Backend& backend, bool is_observed = false)
      : backend_(backend), is_observed_(is_observed) {}

  /// The reactor, made on first use. Its errors are collected.
  Reactor& reactor();

  /// One more, by itself; its errors are collected, too. Destroy it before the case ends.
  std::unique_ptr<Reactor> make_reactor();

  const Backend& backend() const { return backend_; }
  bool offers(Capability capability) const { return any(backend_.capabilities & capability); }

  /// The event log, which a failing case prints. Only the thread of the case.
  void log(std::string event) { events_.push_back(std::move(event)); }
  const std::vector<std::string>& events() const { return events_; }

  /// The errors reported since the last call, in order.
  std::vector<ErrorReport> take_errors();

  /// Runs the reactor for a window of `rounds`, to its end: in each a delayed call of zero is called, and then a
  /// descriptor of its own, which became readable in the same round, is served. What has not happened by then, though
  /// it was ready, does not happen. Stops the reactor at the end. Fails when the window's own events do not come.
  void run_window(int rounds = 3);

  /// Destroys the reactor now, as the end of the case does.
  void destroy_reactor();

  /// Ends the run of the reactor, without its shutdown, if there is one.
  void end_run() {
    if (reactor_) reactor_->crash();
  }

 private:
  void observe(Reactor& reactor);

  struct Errors;
  const Backend& backend_;
  const bool is_observed_;
  std::vector<std::string> events_;
  std::shared_ptr<Errors> errors_;
  std::unique_ptr<Reactor> reactor_;
};

struct Case {
  std::string_view clause;
  std::string_view name;
  std::string_view requirement;  // one sentence: what must happen
  std::string_view
      catches;  // a mutant that was seen to turn it red: the name of a file in mutants/
  std::string_view file;
  int line;
  void (*body)(CaseContext& t);
  Capability needs = Capability::kBasic;  // where a backend does not offer this: "not supported"
  std::string_view uncaught = {};         // where `catches` is empty: why no mutant can turn it red
};

/// All cases, in the order of their files' names and lines.
std::vector<Case> all_cases();

/// Adds a case at start-up; CASE does this.
struct CaseRegistration {
  explicit CaseRegistration(const Case& added);
};

}  // namespace loopmark::conformance

/// Further arguments initialise further members of Case:  CASE("...", Name, "...", "...", .needs = Capability::kPassOrder)
#define CASE(clause_id, case_name, requirement_text, caught_mutant, ...)             \
  static void case_name(::loopmark::conformance::CaseContext& t);                    \
  static const ::loopmark::conformance::CaseRegistration registered_##case_name{     \
      ::loopmark::conformance::Case{.clause = clause_id,                             \
                                    .name = #case_name,                              \
                                    .requirement = requirement_text,                 \
                                    .catches = caught_mutant,                        \
                                    .file = __FILE__,                                \
                                    .line = __LINE__,                                \
                                    .body = &case_name __VA_OPT__(, ) __VA_ARGS__}}; \
  static void case_name([[maybe_unused]] ::loopmark::conformance::CaseContext& t)
