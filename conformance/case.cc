// SPDX-License-Identifier: MIT
#include "conformance/case.h"

#include <algorithm>
#include <mutex>
#include <tuple>

#include "conformance/observed_reactor.h"
#include "conformance/probe.h"

namespace loopmark::conformance {
namespace {

std::vector<Case>& registered_cases() {
  static std::vector<Case> cases;
  return cases;
}

}  // namespace

CaseRegistration::CaseRegistration(const Case& added) {
  registered_cases().push_back(added);
}

std::vector<Case> all_cases() {
  std::vector<Case> cases = registered_cases();
  std::sort(cases.begin(), cases.end(), [](const Case& a, const Case& b) {
    return std::tie(a.file, a.line) < std::tie(b.file, b.line);
  });
  return cases;
}

struct CaseContext::Errors {
  std::mutex mutex;  // the pool's threads report, too
  std::vector<ErrorReport> reports;
};

void CaseContext::observe(Reactor& reactor) {
  if (!errors_) errors_ = std::make_shared<Errors>();
  reactor.set_error_observer([errors = errors_](const ErrorReport& report) {
    const std::lock_guard lock(errors->mutex);
    errors->reports.push_back(report);
    static_cast<void>(
        report.failure.is<std::exception>());  // looks at it, which the sweep of faults sees
  });
}

Reactor& CaseContext::reactor() {
  if (!reactor_) reactor_ = make_reactor();
  return *reactor_;
}

std::unique_ptr<Reactor> CaseContext::make_reactor() {
  std::unique_ptr<Reactor> made = backend_.make();
  if (is_observed_) made = observed(std::move(made));
  observe(*made);
  return made;
}

void CaseContext::destroy_reactor() {
  reactor_.reset();
}

std::vector<ErrorReport> CaseContext::take_errors() {
  if (!errors_) return {};
  const std::lock_guard lock(errors_->mutex);
  return std::exchange(errors_->reports, {});
}

void CaseContext::run_window(int rounds) {
  Reactor& reactor = this->reactor();
  auto [near, far] = socket_pair();
  const auto control = probe(std::move(near));
  int done = 0;
  const std::function<void()> begin_round = [&, peer = far.get()] {
    const char byte = 'c';
    ASSERT_EQ(::write(peer, &byte, 1), 1);
  };
  control->on_read = [&](Probe& self) {
    const Progress progress = self.read_some();
    if (++done == rounds) {
      reactor.remove_reader(self);
      reactor.stop();
    } else {
      reactor.call_later(Duration::zero(), begin_round);
    }
    return progress;
  };
  reactor.add_reader(control);
  reactor.call_later(Duration::zero(), begin_round);
  reactor.run();
  EXPECT_EQ(done, rounds) << "the window's own events did not come";
}

}  // namespace loopmark::conformance
