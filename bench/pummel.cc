// SPDX-License-Identifier: MIT
//
// Threads post to one loop as fast as they can. Posts that come while the loop has not yet taken the
// last ones need no wake-up of their own, and how well a loop makes use of that is what differs.
#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "bench/fault.h"
#include "bench/inbox.h"
#include "bench/second_thread.h"
#include "bench/spin.h"
#include "bench/thread_usage.h"
#include "bench/workloads.h"

namespace loopmark::bench {
namespace {

template <template <class> class Inbox>
class Pummel final : public Workload {
 public:
  Pummel(const Arm& arm, std::size_t producers, std::uint64_t depth)
      : arm_(arm), share_(std::max<std::uint64_t>(1, depth / producers)) {
    for (std::size_t i = 0; i < producers; ++i) {
      producers_.push_back(std::make_unique<Producer>(arm.peer_cpu));
    }
  }

  void prepare() override { inbox_.emplace(arm_, mail_); }

  std::uint64_t slot(std::uint64_t events, SlotRecord& record) override {
    if (fault_) return 0;
    const std::uint64_t each = (events + producers_.size() - 1) / producers_.size();
    left_ = events = each * producers_.size();
    ended_ = false;
    open_ = false;
    longest_queue_ = 0;
    const std::int64_t sleeps_before = sleeps();
    const std::uint64_t woken = wake_ups();
    record.stopwatch.stop();
    for (std::size_t i = 0; i < producers_.size(); ++i) {
      producers_[i]->thread.begin([this, i, each] { produce(i, each); });
    }
    record.stopwatch.start();
    open_.store(true, std::memory_order_release);
    inbox_->serve();
    record.stopwatch.stop();
    const std::int64_t slept = sleeps() - sleeps_before;  // before this waits for producers
    ended_.store(true, std::memory_order_release);
    for (const auto& producer : producers_) producer->thread.wait();
    if (left_ > 0) fault_.set("a post was not delivered");
    const std::uint64_t delivered = events - left_;
    record.values["delivered"] = static_cast<double>(delivered);
    record.values["sleeps"] = static_cast<double>(slept);
    record.values["longest queue"] = static_cast<double>(longest_queue_);
    if (kSeesWakeUps) {
      const auto wakes = static_cast<double>(wake_ups() - woken);
      record.values["wake-ups"] = wakes;
      record.values["coalesced"] = static_cast<double>(delivered) - wakes;
    }
    return delivered;
  }

  void verify() override { fault_.check(); }
  std::string evidence() const override { return inbox_->evidence(); }
  std::string left_to_chance() const override {
    return "how many posts share a wake-up goes by the speeds of the threads";
  }

 private:
  // A post says who made it, and counts up.
  static constexpr unsigned kProducerBits = 8;
  // The queue is looked at with one of so many: the producers' counters are on their processors.
  static constexpr std::uint64_t kLookEvery = 64;

  struct Letters {
    Pummel& self;
    void delivered(std::uint64_t number) { self.delivered(number); }
    bool done() const { return self.left_ == 0 || self.fault_; }
  };

  struct Producer {
    explicit Producer(int cpu) : thread(cpu) {}
    alignas(64) std::atomic<std::uint64_t> posted = 0;     // written by its own thread
    alignas(64) std::atomic<std::uint64_t> delivered = 0;  // written by the loop's thread
    SecondThread thread;
  };

  static constexpr bool kSeesWakeUps = requires(const Inbox<Letters>& inbox) { inbox.wake_ups(); };

  std::uint64_t wake_ups() const {
    if constexpr (kSeesWakeUps) return inbox_->wake_ups();
    return 0;
  }

  /// In the producer's thread.
  void produce(std::size_t i, std::uint64_t count) {
    Producer& producer = *producers_[i];
    for (Spin spin; !open_.load(std::memory_order_acquire); spin.turn()) {
    }
    std::uint64_t posted = producer.posted.load(std::memory_order_relaxed);
    std::uint64_t delivered = producer.delivered.load(std::memory_order_acquire);
    for (; count > 0; --count) {
      for (Spin spin; posted - delivered >= share_; spin.turn()) {
        delivered = producer.delivered.load(std::memory_order_acquire);
        if (ended_.load(std::memory_order_acquire)) return;
      }
      producer.posted.store(++posted, std::memory_order_relaxed);
      inbox_->post(posted << kProducerBits | i);
    }
  }

  /// Posts that are made, or about to be, and not delivered.
  std::uint64_t under_way() const {
    std::uint64_t posts = 0;
    for (const auto& producer : producers_) {
      posts += producer->posted.load(std::memory_order_relaxed) -
               producer->delivered.load(std::memory_order_relaxed);
    }
    return posts;
  }

  void delivered(std::uint64_t number) {
    Producer& producer = *producers_[number & ((1U << kProducerBits) - 1)];
    number >>= kProducerBits;
    if (left_ % kLookEvery == 0) longest_queue_ = std::max(longest_queue_, under_way());
    if (number != producer.delivered.load(std::memory_order_relaxed) + 1) {
      return fault_.set("a post was lost, or came twice, or out of its order");
    }
    producer.delivered.store(number, std::memory_order_release);
    --left_;
  }

  Arm arm_;
  std::uint64_t share_;  // of the posts that may be under way: one producer's
  Letters mail_{*this};
  std::optional<Inbox<Letters>> inbox_;
  std::uint64_t left_ = 0;
  std::uint64_t longest_queue_ = 0;  // that was seen in this slot
  Fault fault_;
  std::atomic<bool> open_ = false;  // all producers begin at once, and when time is taken
  std::atomic<bool> ended_ = false;
  std::vector<std::unique_ptr<Producer>> producers_;
};

constexpr std::uint64_t kMostProducers = 64;
constexpr std::uint64_t kMostDepth = 1'000'000;

std::unique_ptr<Workload> make(const Arm& arm, const Parameters& parameters) {
  const std::uint64_t producers = whole(parameters, "producers", 1, kMostProducers);
  const std::uint64_t depth = whole(parameters, "depth", producers, kMostDepth);
  return with_inbox_of(arm, [&]<template <class> class Inbox>() -> std::unique_ptr<Workload> {
    return std::make_unique<Pummel<Inbox>>(arm, producers, depth);
  });
}

constexpr Parameter kParameters[] = {
    {"producers", "1", "threads that post, at most 64"},
    {"depth", "1024",
     "posts under way at most, all producers together, from one for each to 1000000"},
};

constexpr Scenario kScenarios[] = {
    {"producers=1", false, true},  {"producers=2", false, false},  {"producers=4", false, false},
    {"producers=8", false, false}, {"producers=32", false, false},
};

constexpr std::string_view kClauses[] = {"THR-FROM-01", "THR-FROM-02", "THR-FROM-03",
                                         "THR-FROM-07"};
constexpr std::string_view kBareArms[] = {kBareEpoll};

}  // namespace

const WorkloadRow kPummel = {
    .name = "pummel",
    .question = "How many posts from other threads can a loop take, when they come without pause?",
    .unit = "post",
    .operation = "",
    .timed =
        "from the first post to the last callback: for each post one lock and one callback, and "
        "its share of wake-ups and waits; \"sleeps\": so often the loop had to be woken from "
        "sleep; \"coalesced\": posts without a wake-up of their own, where that can be seen from "
        "outside; \"longest queue\": the most posts under way that one look in 64 deliveries has "
        "found",
    .not_shown =
        "the time a post takes to arrive: they wait in a queue, of bounded depth; who is the "
        "slower, producer or loop; with more producers than processors are free, mostly the "
        "scheduler",
    .verdicts =
        "none: a loop that takes longer for a post finds more of them waiting, and the lock is met "
        "at less often, so work planted in the callback made the whole between 6 % slower and 16 % "
        "quicker: no verdict can be checked",
    .clauses = kClauses,
    .parameters = kParameters,
    .scenarios = kScenarios,
    .bare_arms = kBareArms,
    .library_arms = true,
    .counted_events = 10'000,  // few of them need a system call
    .threads = {1, "producers"},
    .make = make,
};

}  // namespace loopmark::bench
