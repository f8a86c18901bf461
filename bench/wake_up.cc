// SPDX-License-Identifier: MIT
//
// One number under way between two threads, at least one of which is in a loop that waits. Most of
// the time is the kernel's, waking a thread on another processor; what a loop adds is the way to its
// wake-up, and from there to the callback.
#include <atomic>
#include <exception>
#include <optional>

#include "bench/fault.h"
#include "bench/inbox.h"
#include "bench/record_time.h"
#include "bench/second_thread.h"
#include "bench/sleep_watch.h"
#include "bench/spin.h"
#include "bench/workloads.h"

namespace loopmark::bench {
namespace {

using harness::Histogram;

constexpr const char* kOneWay = "one way";
constexpr const char* kLeftToChance =
    "whether a loop sleeps already when it is posted to, and must be woken, goes by the speeds of "
    "the threads";

/// Two loops, each in a thread of its own: the number goes to and fro, and counts up each time.
template <template <class> class Inbox>
class BetweenLoops final : public Workload {
 public:
  explicit BetweenLoops(const Arm& arm) : arm_(arm), second_(arm.peer_cpu) {}
  ~BetweenLoops() override {
    second_.begin([this] { there_.reset(); });
    second_.wait();
  }

  void prepare() override {
    here_.emplace(arm_, here_mail_);
    Arm there = arm_;
    there.planted_steps = 0;  // a round trip has them once
    std::exception_ptr error;
    second_.begin([&] {
      try {
        there_.emplace(there, there_mail_);
      } catch (...) {
        error = std::current_exception();
      }
    });
    second_.wait();
    if (error) std::rethrow_exception(error);
  }

  std::uint64_t slot(std::uint64_t events, SlotRecord& record) override {
    if (fault_) return 0;
    const std::uint64_t round_trips = (events + 1) / 2;
    left_ = round_trips;
    there_is_over_ = false;
    round_trip_ = record.operation;
    one_way_ = round_trip_ == nullptr ? nullptr : &record.histograms[kOneWay];
    record.stopwatch.stop();
    second_.begin([this] { serve_there(); });
    record.stopwatch.start();
    if (round_trip_ != nullptr) sent_ = Clock::now();
    there_->post(++number_);
    here_->serve();
    record.stopwatch.stop();
    there_->post(kOver);
    second_.wait();
    if (left_ > 0) fault_.set("a wake-up was not delivered");
    return 2 * (round_trips - left_);
  }

  void verify() override { fault_.check(); }
  std::string evidence() const override { return here_->evidence(); }
  std::string left_to_chance() const override { return kLeftToChance; }

 private:
  static constexpr std::uint64_t kOver = 0;  // numbers begin at 1
  static constexpr std::uint64_t kLost = ~std::uint64_t{0};

  struct MailHere {
    BetweenLoops& self;
    void delivered(std::uint64_t number) { self.came_back(number); }
    bool done() const { return self.left_ == 0 || self.fault_; }
  };
  struct MailThere {
    BetweenLoops& self;
    void delivered(std::uint64_t number) { self.came_there(number); }
    bool done() const { return self.there_is_over_; }
  };

  void serve_there() {
    there_->serve();
    if (!there_is_over_) here_->post(kLost);  // its loop has ended too early
  }

  void came_there(std::uint64_t number) {
    if (number == kOver) {
      there_is_over_ = true;
      return;
    }
    if (one_way_ != nullptr) {
      sent_back_ = Clock::now();
      record_time(*one_way_, sent_, sent_back_);
    }
    here_->post(number == ++number_there_ ? number : kLost);
  }

  void came_back(std::uint64_t number) {
    if (number != number_) return fault_.set("a wake-up was lost, or came twice");
    if (one_way_ != nullptr) {
      const TimePoint now = Clock::now();  // a round trip ends where the next begins
      record_time(*one_way_, sent_back_, now);
      record_time(*round_trip_, sent_, now);
      sent_ = now;
    }
    if (--left_ > 0) there_->post(++number_);
  }

  Arm arm_;
  MailHere here_mail_{*this};
  MailThere there_mail_{*this};
  std::optional<Inbox<MailHere>> here_;
  std::uint64_t number_ = 0;  // that is under way
  std::uint64_t left_ = 0;
  Fault fault_;
  // Both threads use these, but never at once, since one number is under way.
  Histogram* round_trip_ = nullptr;
  Histogram* one_way_ = nullptr;
  TimePoint sent_;
  TimePoint sent_back_;
  // The second thread's.
  std::uint64_t number_there_ = 0;
  bool there_is_over_ = false;
  std::optional<Inbox<MailThere>> there_;
  SecondThread second_;
};

/// A thread without a loop posts to one with a loop, each time when that sleeps.
template <template <class> class Inbox>
class FromThread final : public Workload {
 public:
  explicit FromThread(const Arm& arm) : arm_(arm), second_(arm.peer_cpu) {}

  void prepare() override {
    watch_.emplace();
    inbox_.emplace(arm_, mail_);
  }

  std::uint64_t slot(std::uint64_t events, SlotRecord& record) override {
    if (fault_) return 0;
    left_ = events;
    ended_ = false;
    round_trip_ = record.operation;
    one_way_ = round_trip_ == nullptr ? nullptr : &record.histograms[kOneWay];
    record.stopwatch.stop();
    second_.begin([this, events] { post(events); });
    record.stopwatch.start();
    inbox_->serve();
    ended_.store(true, std::memory_order_release);
    second_.wait();
    if (left_ > 0) fault_.set("a wake-up was not delivered");
    return events - left_;
  }

  void verify() override { fault_.check(); }
  std::string evidence() const override { return inbox_->evidence(); }
  std::string left_to_chance() const override { return kLeftToChance; }

 private:
  // A loop that never sleeps is posted to all the same.
  static constexpr unsigned kMostLooks = 10'000;

  struct Letters {
    FromThread& self;
    void delivered(std::uint64_t number) { self.delivered(number); }
    bool done() const { return self.left_ == 0 || self.fault_; }
  };

  void post(std::uint64_t events) {
    for (; events > 0; --events) {
      for (Spin spin; !watch_->asleep() && spin.turns() < kMostLooks; spin.turn()) {
      }
      if (one_way_ != nullptr) sent_ = Clock::now();
      inbox_->post(++posted_);
      if (!is_answered()) return;
      if (one_way_ != nullptr) record_time(*round_trip_, sent_, Clock::now());
    }
  }

  /// Waits for it; false when that will never be.
  bool is_answered() const {
    const auto answered = [this] { return seen_.load(std::memory_order_acquire) == posted_; };
    for (Spin spin; !answered(); spin.turn()) {
      if (ended_.load(std::memory_order_acquire)) return answered();
    }
    return true;
  }

  void delivered(std::uint64_t number) {
    if (one_way_ != nullptr) record_time(*one_way_, sent_, Clock::now());
    if (number == seen_.load(std::memory_order_relaxed) + 1) {
      --left_;
      seen_.store(number, std::memory_order_release);
    } else {
      fault_.set("a wake-up was lost, or came twice");
    }
  }

  Arm arm_;
  Letters mail_{*this};
  std::optional<SleepWatch> watch_;
  std::optional<Inbox<Letters>> inbox_;
  std::uint64_t left_ = 0;
  Fault fault_;
  Histogram* round_trip_ = nullptr;  // the second thread's, in a slot
  Histogram* one_way_ = nullptr;
  std::uint64_t posted_ = 0;  // by the second thread
  TimePoint sent_;            // by the second thread, before it posts
  std::atomic<std::uint64_t> seen_ = 0;
  std::atomic<bool> ended_ = false;
  SecondThread second_;
};

std::unique_ptr<Workload> make(const Arm& arm, const Parameters& parameters) {
  constexpr std::string_view kPeers[] = {"loop", "thread"};
  const bool two_loops = choice(parameters, "peer", kPeers) == 0;
  return with_inbox_of(arm, [&]<template <class> class Inbox>() -> std::unique_ptr<Workload> {
    if (two_loops) return std::make_unique<BetweenLoops<Inbox>>(arm);
    return std::make_unique<FromThread<Inbox>>(arm);
  });
}

constexpr Parameter kParameters[] = {
    {"peer", "loop",
     "loop: two loops post to each other; thread: a thread posts whenever the loop sleeps"},
};

// How wide: harness/MEASURING.md, step 6.
constexpr std::string_view kTwoThreads = "two threads: intervals stay wider than 1 %";

constexpr Scenario kScenarios[] = {
    {"peer=loop", true, true, 0.05, kTwoThreads},
    {"peer=thread", false, true},
};

constexpr std::string_view kClauses[] = {"THR-FROM-01", "THR-FROM-02", "THR-FROM-03"};
constexpr std::string_view kBareArms[] = {kBareEpoll};

}  // namespace

const WorkloadRow kWakeUp = {
    .name = "wake_up",
    .question = "How long does a post from another thread take to reach a loop that waits?",
    .unit = "wake-up",
    .operation = "round trip",
    .timed =
        "from a post to the callback in the other thread (\"one way\"), and on to the answer in "
        "the first (the round trip): each time one lock, one wake-up and one wait; with "
        "peer=thread the answer is a flag, for which the thread spins",
    .not_shown =
        "several pairs of loops, which would have to share two processors: with more threads than "
        "processors it is the scheduler that is measured; many posts at a time, which share a "
        "wake-up; a loop that is busy, and so need not be woken; with peer=thread, processor time "
        "of the loop alone: the posting thread's, which spins, is in it; how much is the kernel's: "
        "nearly all, and it differs with idle states and with virtual machines",
    .verdicts =
        "both ends are loops, as between two shards of a server; with peer=thread the way back is "
        "no loop's, and \"one way\" is what it is for",
    .quantity = harness::Quantity::kOperation,
    .slot_events = 260,  // of which every other is an operation: enough for a 99th percentile
    .slot_ms = 5.2,
    .clauses = kClauses,
    .parameters = kParameters,
    .scenarios = kScenarios,
    .bare_arms = kBareArms,
    .library_arms = true,
    .threads = {2},
    .make = make,
};

}  // namespace loopmark::bench
