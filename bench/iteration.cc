// SPDX-License-Identifier: MIT
//
// What one trip round the loop takes, with N descriptors watched on which nothing happens. Two kinds:
// a pass that finds nothing, made by hand from outside a run (iterate(0) of a reactor, the same of a
// library), and, inside a run, a pass that finds one more descriptor ready, which is left so.
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <optional>

#include "bench/descriptors.h"
#include "bench/fault.h"
#include "bench/planted_work.h"
#include "bench/watches.h"
#include "bench/workloads.h"

namespace loopmark::bench {
namespace {

// Passes until a byte that is there must have been found.
constexpr int kPatience = 3;

UniqueFd make_counter() {
  return UniqueFd(check_call(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd"));
}

void raise(const UniqueFd& counter) {
  const std::uint64_t one = 1;
  check_call(static_cast<int>(::write(counter.get(), &one, sizeof one)), "write to an eventfd");
}

/// Passes that find nothing. That the loop looks at its descriptors at all is seen in passes beside
/// those that are timed, half as many: in each of them one descriptor, one after another, is ready.
template <template <class> class Loop>
class EmptyPasses final : public Workload {
 public:
  EmptyPasses(const Arm& arm, std::size_t quiet) : arm_(arm), quiet_(quiet) {}

  void prepare() override {
    const std::size_t count = std::max<std::size_t>(quiet_, 1);  // with none, one for the proof
    need_descriptors(count);
    loop_.emplace(arm_.make_loop(), *this);
    for (std::size_t i = 0; i < count; ++i) {
      counters_.push_back(make_counter());
      loop_->add(counters_.back().get());
      if (quiet_ > 0) loop_->watch_read(i);
    }
    loop_->pass();
  }

  std::uint64_t slot(std::uint64_t events, SlotRecord& record) override {
    verify();
    for (std::uint64_t k = 0; k < events; ++k) {
      planted_.owe_for(1);
      loop_->pass();
    }
    record.stopwatch.stop();
    prove(events / 2 + 1);
    return events;
  }

  void verify() override { fault_.check(); }
  std::string evidence() const override { return loop_->evidence(); }

  void readable(std::size_t i) {
    std::uint64_t raised = 0;
    if (::read(counters_[i].get(), &raised, sizeof raised) != sizeof raised) return;
    if (!raised_ || i != ready_) fail(i, "is called out of turn");
    if (raised != 1) fail(i, "was ready before and not called");
    raised_ = false;
  }
  void writable(std::size_t i) { fail(i, "is called for writing"); }

 private:
  void prove(std::uint64_t times) {
    if (quiet_ == 0) loop_->watch_read(0);
    for (; times > 0 && !fault_; --times) {
      ready_ = (ready_ + 1) % counters_.size();
      raise(counters_[ready_]);
      raised_ = true;
      for (int k = 0; k < kPatience && raised_; ++k) loop_->pass();
      if (raised_) fail(ready_, "is ready and not called");
    }
    if (quiet_ > 0) return;
    loop_->unwatch_read(0);
    loop_->pass();
  }

  void fail(std::size_t i, const char* what) {
    fault_.set("descriptor " + std::to_string(i) + " " + what);
  }

  Arm arm_;
  PlantedDebt planted_{arm_.planted_steps};
  std::size_t quiet_;
  std::vector<UniqueFd> counters_;
  std::optional<Loop<EmptyPasses>> loop_;  // ends before the descriptors it watches
  std::size_t ready_ = 0;
  bool raised_ = false;
  Fault fault_;
};

/// Passes that find one descriptor ready.
template <template <class> class Loop>
class ReadyPasses final : public Workload {
 public:
  ReadyPasses(const Arm& arm, std::size_t quiet) : arm_(arm), quiet_(quiet) {}

  void prepare() override {
    need_descriptors(quiet_ + 1);
    loop_.emplace(arm_.make_loop(), *this);
    for (std::size_t i = 0; i <= quiet_; ++i) {
      counters_.push_back(make_counter());
      loop_->add(counters_.back().get());
      loop_->watch_read(i);
    }
    raise(counters_.back());
  }

  std::uint64_t slot(std::uint64_t events, SlotRecord&) override {
    verify();  // or it would wait for what is not ready any more
    left_ = events;
    loop_->run();
    return events - left_;
  }

  void verify() override {
    if (strays_ > 0) throw WorkIsWrong(std::to_string(strays_) + " calls for quiet descriptors");
    if (left_ > 0) throw WorkIsWrong(std::to_string(left_) + " passes did not call what was ready");
  }
  std::string evidence() const override { return loop_->evidence(); }

  void readable(std::size_t i) {
    planted_.owe_for(1);
    if (i != quiet_ || left_ == 0) {
      ++strays_;
    } else if (--left_ == 0) {
      loop_->stop();
    }
  }
  void writable(std::size_t) { ++strays_; }

 private:
  Arm arm_;
  PlantedDebt planted_{arm_.planted_steps};
  std::size_t quiet_;
  std::vector<UniqueFd> counters_;  // the last one is ready
  std::optional<Loop<ReadyPasses>> loop_;
  std::uint64_t left_ = 0;  // passes of this slot that are still to come
  std::uint64_t strays_ = 0;
};

std::unique_ptr<Workload> make(const Arm& arm, const Parameters& parameters) {
  constexpr std::array<std::string_view, 2> kPasses = {"empty", "ready"};
  const std::uint64_t quiet = whole(parameters, "quiet", 0);
  if (choice(parameters, "pass", kPasses) == 0) return make_watching<EmptyPasses>(arm, quiet);
  return make_watching<ReadyPasses>(arm, quiet);
}

constexpr Parameter kParameters[] = {
    {"pass", "empty",
     "empty: finds nothing, and is made by hand; ready: finds one more descriptor ready, in a run"},
    {"quiet", "0", "descriptors that are watched and on which nothing happens, from 0 on"},
};

constexpr Scenario kScenarios[] = {
    {"pass=empty,quiet=0", true, true},       {"pass=ready,quiet=0", true, true},
    {"pass=empty,quiet=1", false, false},     {"pass=empty,quiet=1000", false, false},
    {"pass=empty,quiet=10000", false, false}, {"pass=ready,quiet=1", false, false},
    {"pass=ready,quiet=1000", false, false},  {"pass=ready,quiet=10000", false, false},
};

constexpr std::string_view kBareArms[] = {kBareEpoll, kBarePoll};
constexpr std::string_view kClauses[] = {"CORE-ITER-01", "FD-READ-01", "FD-READ-02",
                                         "CORE-CRASH-02"};

}  // namespace

const WorkloadRow kIteration = {
    .name = "iteration",
    .question = "What does one trip round the loop take, when next to nothing happens?",
    .unit = "pass",
    .operation = "",
    .timed =
        "pass=empty: calls of iterate(0), for api: arms of the library's same function, for bare "
        "arms of the system call without waiting; pass=ready: from the beginning of a run to its "
        "end, a call for one descriptor in each pass",
    .not_shown =
        "waiting; with pass=empty, a run, in which a pass costs less: iterate() has to guard "
        "against SIGPIPE each time; with pass=ready, reading",
    .verdicts =
        "both kinds with nothing else to look at, which is the loop's own share; what the number "
        "of descriptors adds is the mechanism's, and a curve",
    .clauses = kClauses,
    .parameters = kParameters,
    .scenarios = kScenarios,
    .bare_arms = kBareArms,
    .library_arms = true,
    .make = make,
};

}  // namespace loopmark::bench
