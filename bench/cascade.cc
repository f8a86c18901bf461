// SPDX-License-Identifier: MIT
//
// libevent's bench_cascade: a chain of pairs, each watched for one event, with a timeout beside it.
// A token goes down the chain; who gets it is watched no more, and its timeout is cancelled. All
// must then be registered anew, which is a part of the work or not.
#include <unistd.h>

#include <optional>

#include "bench/descriptors.h"
#include "bench/fault.h"
#include "bench/planted_work.h"
#include "bench/timed_loop.h"
#include "bench/workloads.h"

namespace loopmark::bench {
namespace {

using namespace std::chrono_literals;

struct Plan {
  std::size_t pairs;
  bool registers_inside;
};

constexpr Duration kTimeout = 60s;

template <template <class> class Loop>
class Cascade final : public Workload {
 public:
  Cascade(const Arm& arm, const Plan& plan) : arm_(arm), plan_(plan) {}

  void prepare() override {
    need_descriptors(plan_.pairs, 2);
    loop_.emplace(arm_.make_loop(), *this);
    for (std::size_t i = 0; i < plan_.pairs; ++i) {
      pairs_.push_back(make_pair(PairKind::kSocketpair));
    }
    loop_->add_timers(plan_.pairs + 1);  // the last one ends settle()
  }

  std::uint64_t slot(std::uint64_t events, SlotRecord& record) override {
    verify();
    const std::uint64_t chains = (events + plan_.pairs - 1) / plan_.pairs;
    for (std::uint64_t chain = 0; chain < chains && !fault_; ++chain) {
      if (!plan_.registers_inside) record.stopwatch.stop();
      register_all();
      if (!plan_.registers_inside) settle();
      record.stopwatch.start();
      next_ = 0;
      pass_on();
      loop_->run();
      if (next_ < plan_.pairs) fail("the token was lost");
    }
    return chains * plan_.pairs;
  }

  void verify() override { fault_.check(); }
  std::string evidence() const override { return loop_->evidence(); }

  void readable(std::size_t i) {
    planted_work(arm_.planted_steps);
    std::uint8_t token;
    if (i != next_ || ::read(pairs_[i].reader.get(), &token, 1) != 1) {
      return fail("a pair was readable before it had the token");
    }
    if (token != token_of(i)) return fail("the token has changed");
    loop_->cancel(i);
    ++next_;
    if (next_ < plan_.pairs) {
      pass_on();
    } else {
      loop_->stop();
    }
  }

  void due(std::size_t timer) {
    if (timer < plan_.pairs) return fail("a timeout came that is far off or cancelled");
    loop_->stop();
  }

 private:
  static std::uint8_t token_of(std::size_t i) { return static_cast<std::uint8_t>(i % 251); }

  void register_all() {
    for (std::size_t i = 0; i < plan_.pairs; ++i) {
      loop_->watch_once(pairs_[i].reader.get(), i);
      loop_->set(i, kTimeout);
    }
  }

  /// A pass of the loop: some tell the kernel of new registrations no sooner.
  void settle() {
    loop_->set(plan_.pairs, Duration::zero());
    loop_->run();
  }

  void pass_on() {
    const std::uint8_t token = token_of(next_);
    if (::write(pairs_[next_].writer.get(), &token, 1) != 1) fail("the token cannot be written");
  }

  void fail(const char* what) {
    fault_.set(what);
    loop_->stop();
  }

  Arm arm_;
  Plan plan_;
  std::vector<DescriptorPair> pairs_;
  std::optional<Loop<Cascade>> loop_;  // ends before the pairs, which it watches
  std::size_t next_ = 0;               // has the token
  Fault fault_;
};

constexpr std::string_view kSetups[] = {"outside", "inside"};

std::unique_ptr<Workload> make(const Arm& arm, const Parameters& parameters) {
  return make_timed<Cascade>(
      arm, Plan{positive(parameters, "pairs"), choice(parameters, "setup", kSetups) == 1});
}

constexpr Parameter kParameters[] = {
    {"pairs", "100", "in the chain; each takes two descriptors"},
    {"setup", "outside", "registration outside what is timed, or inside"},
};

constexpr Scenario kScenarios[] = {
    {"pairs=100,setup=inside", true, false},   {"pairs=100,setup=outside", true, false},
    {"pairs=10,setup=inside", false, true},    {"pairs=10,setup=outside", false, false},
    {"pairs=1000,setup=inside", false, false}, {"pairs=1000,setup=outside", false, false},
};

constexpr std::string_view kBareArms[] = {kBareEpoll};
constexpr std::string_view kClauses[] = {"FD-READ-01", "FD-RM-01", "FD-RM-03", "FD-ADD-01",
                                         "TIME-CANCEL-01"};

}  // namespace

const WorkloadRow kCascade = {
    .name = "cascade",
    .question = "What does an event cost that needs a registration and a timeout of its own?",
    .unit = "hop",
    .operation = "",
    .timed =
        "from the first token written to the last one read: for each hop one wait, one read, the "
        "end of a registration and of its timeout of 60 s, one write; with setup=inside also the "
        "registrations and timeouts, all before the first hop",
    .not_shown =
        "descriptors that stay registered (fd_scaling); with setup=outside those loops look best "
        "that put off the end of a registration: it comes with the next one",
    .verdicts =
        "both ways at one size, for loops differ in the price of a registration; a longer chain "
        "costs poll and select n waits over n descriptors, and shows nothing else",
    .clauses = kClauses,
    .parameters = kParameters,
    .scenarios = kScenarios,
    .bare_arms = kBareArms,
    .library_arms = true,
    .make = make,
};

}  // namespace loopmark::bench
