// SPDX-License-Identifier: MIT
//
// Calls for the next pass of the loop, made by the loop's own callbacks: k chains of them, each call
// making the next one of its chain. One chain shows what a pass costs, many show what a call does.
#include <sys/epoll.h>

#include <mutex>
#include <optional>
#include <vector>

#include "bench/arm.h"
#include "bench/fault.h"
#include "bench/planted_work.h"
#include "bench/workloads.h"
#include "reactors/base/check.h"
#include "reactors/base/unique_fd.h"

namespace loopmark::bench {
namespace {

/// Calls by hand: a vector that is swapped in each pass, and then a look at the descriptors.
template <class Client, class Mutex>
class BareCalls {
 public:
  BareCalls(ArmLoop, Client& client) : client_(client) {}

  void add(std::size_t) {}
  void call(std::size_t chain) {
    const std::lock_guard lock(mutex_);
    queue_.push_back(chain);
  }

  void run() {
    for (stopped_ = false; !stopped_;) {
      {
        const std::lock_guard lock(mutex_);
        batch_.swap(queue_);
      }
      for (const std::size_t chain : batch_) client_.called(chain);
      batch_.clear();
      epoll_event event;
      check_call(::epoll_wait(epoll_.get(), &event, 1, 0), "epoll_wait");
    }
  }
  void stop() { stopped_ = true; }
  std::string evidence() const { return std::string(kBareEpoll); }

 private:
  Client& client_;
  UniqueFd epoll_{check_call(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")};
  Mutex mutex_;
  std::vector<std::size_t> queue_;
  std::vector<std::size_t> batch_;
  bool stopped_ = false;
};

struct NoMutex {
  void lock() {}
  void unlock() {}
};
template <class Client>
using BareLater = BareCalls<Client, NoMutex>;
template <class Client>
using BareFromThread = BareCalls<Client, std::mutex>;

/// By a reactor's call_later() or call_from_thread().
template <class Client, bool from_thread>
class ReactorCalls {
 public:
  ReactorCalls(ArmLoop loop, Client& client) : reactor_(std::move(loop.reactor)), client_(client) {}

  void add(std::size_t) {}
  void call(std::size_t chain) {
    auto function = [this, chain] { client_.called(chain); };
    if constexpr (from_thread) {
      reactor_->call_from_thread(function);
    } else {
      reactor_->call_later(Duration::zero(), function);
    }
  }

  void run() { reactor_->run(); }
  void stop() { reactor_->crash(); }
  std::string evidence() const { return reactor_->evidence(); }

 private:
  std::unique_ptr<Reactor> reactor_;
  Client& client_;
};
template <class Client>
using ReactorLater = ReactorCalls<Client, false>;
template <class Client>
using ReactorFromThread = ReactorCalls<Client, true>;

/// By timers of a library's own loop.
template <class Client>
class LibraryLater {
 public:
  LibraryLater(ArmLoop loop, Client& client) : loop_(std::move(loop.library)), client_(client) {}

  void add(std::size_t chains) {
    contexts_.resize(chains, {this, 0});
    for (std::size_t chain = 0; chain < chains; ++chain) {
      contexts_[chain].chain = chain;
      loop_->add_timer(on_due, &contexts_[chain]);
    }
  }
  void call(std::size_t chain) { loop_->arm(chain, Duration::zero()); }

  void run() { loop_->run(); }
  void stop() { loop_->stop(); }
  std::string evidence() const { return loop_->evidence(); }

 private:
  struct Context {
    LibraryLater* calls;
    std::size_t chain;
  };
  static void on_due(void* context) {
    const Context& timer = *static_cast<Context*>(context);
    timer.calls->client_.called(timer.chain);
  }

  std::unique_ptr<LibraryLoop> loop_;
  Client& client_;
  std::vector<Context> contexts_;
};

template <template <class> class Calls>
class CallSoon final : public Workload {
 public:
  /// `ordered`: the calls of a pass come in the order in which they were made.
  CallSoon(const Arm& arm, std::size_t chains, bool ordered)
      : arm_(arm), ordered_(ordered), made_(chains) {}

  void prepare() override {
    calls_.emplace(arm_.make_loop(), *this);
    calls_->add(made_.size());
  }

  std::uint64_t slot(std::uint64_t events, SlotRecord&) override {
    verify();
    quota_ = (events + made_.size() - 1) / made_.size();
    left_ = quota_ * made_.size();
    next_ = 0;
    for (std::size_t chain = 0; chain < made_.size(); ++chain) {
      made_[chain] = 0;
      calls_->call(chain);
    }
    calls_->run();
    if (left_ > 0) fail("a call was not made");
    return quota_ * made_.size();
  }

  void verify() override { fault_.check(); }
  std::string evidence() const override { return calls_->evidence(); }

  void called(std::size_t chain) {
    planted_.owe_for(1);
    if (ordered_ && chain != next_) return fail("calls were made out of order");
    if (++next_ == made_.size()) next_ = 0;
    if (made_[chain] == quota_) return fail("a call was made twice");
    if (++made_[chain] < quota_) calls_->call(chain);
    if (--left_ == 0) calls_->stop();
  }

 private:
  void fail(const char* what) {
    fault_.set(what);
    calls_->stop();
  }

  Arm arm_;
  bool ordered_;
  PlantedDebt planted_{arm_.planted_steps};
  std::optional<Calls<CallSoon>> calls_;
  std::vector<std::uint64_t> made_;  // by chain, in this slot
  std::uint64_t quota_ = 0;          // of each chain
  std::uint64_t left_ = 0;           // of all
  std::size_t next_ = 0;
  Fault fault_;
};

constexpr std::string_view kVias[] = {"call_later", "call_from_thread"};
constexpr std::uint64_t kMostChains = 1'000'000;

std::unique_ptr<Workload> make(const Arm& arm, const Parameters& parameters) {
  const std::uint64_t chains = whole(parameters, "chains", 1, kMostChains);
  const bool from_thread = choice(parameters, "via", kVias) == 1;
  if (arm.make_library_loop) {
    if (!from_thread) return std::make_unique<CallSoon<LibraryLater>>(arm, chains, arm.keeps_order);
    throw std::invalid_argument(
        "via=call_from_thread is not for libraries' own loops, which are woken by other threads, "
        "but keep no calls for them");
  }
  if (arm.make_reactor) {
    if (from_thread) return std::make_unique<CallSoon<ReactorFromThread>>(arm, chains, true);
    return std::make_unique<CallSoon<ReactorLater>>(arm, chains, arm.keeps_order);
  }
  if (arm.name != kBareEpoll)
    throw std::invalid_argument("there is no bare loop '" + arm.name + "'");
  if (from_thread) return std::make_unique<CallSoon<BareFromThread>>(arm, chains, true);
  return std::make_unique<CallSoon<BareLater>>(arm, chains, true);
}

constexpr Parameter kParameters[] = {
    {"chains", "1", "calls that are made in each pass, at most 1000000"},
    {"via", "call_later",
     "call_later: with a delay of zero; call_from_thread: in the loop's own thread"},
};

constexpr Scenario kScenarios[] = {
    {"chains=1", true, false},
    {"chains=1,via=call_from_thread", true, false},
    {"chains=100", false, false},
    {"chains=1000", false, true},
    {"chains=10000", false, false},
    {"chains=100,via=call_from_thread", false, false},
    {"chains=1000,via=call_from_thread", false, false},
    {"chains=10000,via=call_from_thread", false, false},
};

constexpr std::string_view kBareArms[] = {kBareEpoll};
constexpr std::string_view kClauses[] = {"TIME-BASIC-03", "TIME-BASIC-04", "THR-FROM-03",
                                         "THR-FROM-05"};

}  // namespace

const WorkloadRow kCallSoon = {
    .name = "call_soon",
    .question = "What does it cost to have a function called in the next pass?",
    .unit = "call",
    .operation = "",
    .timed =
        "making the calls, one pass of the loop for each `chains` of them with a look at the "
        "descriptors, and their calling; the bare arm is a vector that is swapped, under a lock "
        "with via=call_from_thread; the api: arms set timers of delay zero, made before, which "
        "read the clock",
    .not_shown =
        "calls from other threads, which must wake the loop; ready descriptors beside them",
    .verdicts =
        "one chain, each way; with many a call takes the bare loop 3 ns, and no slow-down of 5 % "
        "of that can be planted",
    .clauses = kClauses,
    .parameters = kParameters,
    .scenarios = kScenarios,
    .bare_arms = kBareArms,
    .library_arms = true,
    .make = make,
};

}  // namespace loopmark::bench
