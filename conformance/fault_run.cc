// SPDX-License-Identifier: MIT
#include "conformance/fault_run.h"

#include <sys/wait.h>
#include <ucontext.h>

#include <csignal>
#include <cstdlib>
#include <exception>

#include "conformance/kernel.h"
#include "conformance/stated_outcomes.h"
#include "conformance/told_errors.h"
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
  std::string left;
};

Run& run() {
  static Run the_run;
  return the_run;
}

bool is_wanted() {
  return run().wish != nullptr && (run().wish->counts || run().wish->fault);
}

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void tell_at_once(const std::string& message) {
  if (run().result_fd >= 0)
    harness::write_result_line(run().result_fd, text_of({{"told", message}}));
}

/// A thread that was not joined, or an exception out of a thread of the case's own.
[[noreturn]] void at_terminate() {
  const std::exception_ptr thrown = std::current_exception();
  const bool is_own = !thrown || !kernel::observes_this_thread();
  notice_exception(thrown);
  if (is_own && !told(true).empty()) run().give_up("the case has ended its process");
  std::abort();
}

void at_crash(int number, siginfo_t*, void* context) {
  const auto* const where = reinterpret_cast<const void*>(
      static_cast<const ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP]);
  ::signal(number, SIG_DFL);
  if (is_of_worker(where) && !told(true).empty()) run().give_up("the case has crashed");
}

/// What the case itself does after it was told of the error says nothing of the backend.
void forgive_the_case() {
  std::set_terminate(at_terminate);
  struct sigaction crash {};
  crash.sa_sigaction = at_crash;
  crash.sa_flags = SA_SIGINFO;
  ::sigaction(SIGSEGV, &crash, nullptr);
}

bool has_children() {
  siginfo_t child{};
  return ::waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) == 0;
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
  run() = {&wish, &case_name, result_fd, give_up, ""};
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

void end(std::ptrdiff_t left_open) {
  if (!is_wanted()) return;
  disarm();
  if (left_open != 0) run().left = std::to_string(left_open) + " descriptors";
  // A case that has failed may have left without waiting for its own.
  if (has_children() && !testing::UnitTest::GetInstance()->current_test_info()->result()->Failed())
    run().left += std::string(run().left.empty() ? "" : ", ") + "a child";
}

void add_to(Json& result) {
  if (!is_wanted()) return;
  const Wish& wish = *run().wish;
  if (wish.counts) result["calls"] = counted_calls();
  if (!wish.fault) {
    if (!run().left.empty()) result["left"] = run().left;
    return;
  }
  result["fault"] = {{"met", struck()},
                     {"told", told(true)},
                     {"stated", stated_outcome(*wish.fault, *run().case_name)},
                     {"left", run().left}};
}

}  // namespace loopmark::conformance::faults
