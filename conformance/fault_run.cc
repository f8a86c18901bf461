// SPDX-License-Identifier: MIT
#include "conformance/fault_run.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <exception>

#include "conformance/kernel.h"
#include "conformance/promises.h"
#include "conformance/stated_outcomes.h"
#include "conformance/told_errors.h"
#include "conformance/told_hang.h"
#include "harness/result_line.h"
#include "reactors/services/log.h"

namespace loopmark::conformance::faults {
namespace {

using Json = nlohmann::ordered_json;

struct Run {
  const Wish* wish = nullptr;
  const std::string* case_name = nullptr;
  int result_fd = -1;
  void (*give_up)(const std::string& message) = nullptr;
  Json left = Json::object();
};

Run& run() {
  static Run the_run;
  return the_run;
}

bool is_wanted() {
  return run().wish != nullptr && *run().wish;
}

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void tell_at_once(const std::string& message) {
  if (run().result_fd >= 0)
    harness::write_result_line(run().result_fd, text_of({{"told", message}}));
}

/// A thread of the case's own was not joined, or has let out an exception.
bool is_end_by_case(const std::exception_ptr& thrown) {
  return (!thrown || ::gettid() != ::getpid()) && is_ended_by_worker(thrown != nullptr);
}

[[noreturn]] void at_terminate() {
  const std::exception_ptr thrown = std::current_exception();
  const bool is_own = is_end_by_case(thrown);
  notice_exception(thrown);
  if (is_own && !finally_told().empty()) run().give_up("the case has ended its process");
  std::abort();
}

void at_crash(int number, siginfo_t*, void* context) {
  ::signal(number, SIG_DFL);
  if (was_in_worker(context) && !finally_told().empty()) run().give_up("the case has crashed");
}

/// What the case itself does after it was told of the error says nothing of the backend.
void forgive_the_case() {
  std::set_terminate(at_terminate);
  struct sigaction crash {};
  crash.sa_sigaction = at_crash;
  crash.sa_flags = SA_SIGINFO;
  ::sigaction(SIGSEGV, &crash, nullptr);
  watch_for_hang(run().give_up);
}

Json counted_calls() {
  Json calls = Json::array();
  for (const auto& [call, errors, from, to] : counted()) {
    Json names = Json::array();
    for (const int error : kErrors) {
      if (errors.has(error)) names.push_back(name_of_error(error));
    }
    calls.push_back({{"call", name_of(call)}, {"errors", names}, {"from", from}, {"to", to}});
  }
  return calls;
}

}  // namespace

void begin(const Wish& wish, const std::string& case_name, int result_fd,
           void (*give_up)(const std::string& message)) {
  run() = {&wish, &case_name, result_fd, give_up, Json::object()};
  if (!is_wanted()) return;
  if (wish.fault) {
    notice_errors(wish.fault->error, tell_at_once);
    forgive_the_case();
  }
  arm(wish.fault ? &*wish.fault : nullptr);
}

void attend(CaseContext& context) {
  if (!is_wanted()) return;
  query<ReactorLog>(context.reactor()).set_observer(notice_line);
  kernel::give_up_waiting([] { return !told().empty(); }, [&context] { context.end_run(); });
}

void end(const Holdings& before, const Holdings& after) {
  if (!is_wanted()) return;
  const bool is_told = !finally_told().empty();
  // A case that has failed may have left without waiting for its own children.
  run().left = left_over(
      before, after, !testing::UnitTest::GetInstance()->current_test_info()->result()->Failed());
  const std::ptrdiff_t kept = promises::kept_back();
  run().left["bytes lost"] = is_told ? 0 : std::max(kept, std::ptrdiff_t{0});
  run().left["bytes doubled"] = std::max(-kept, std::ptrdiff_t{0});
  disarm();
  stop_watching_for_hang();
}

void add_to(Json& result) {
  if (!is_wanted()) return;
  const Wish& wish = *run().wish;
  result["left"] = run().left;
  result["broken"] = promises::first_broken();
  if (wish.counts) result["calls"] = counted_calls();
  if (!wish.fault) return;
  result["fault"] = {{"met", struck()},
                     {"told", finally_told()},
                     {"stated", stated_outcome(*wish.fault, *run().case_name)}};
}

}  // namespace loopmark::conformance::faults
