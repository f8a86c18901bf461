// SPDX-License-Identifier: MIT
//
// One message under way between two ends of a link: the least work there is for a loop, so what a
// loop adds to the system calls shows most. With loops=1 both ends are in one loop; with loops=2
// each has a thread and a loop of its own, and what is measured is mostly how the kernel wakes a
// thread on another processor.
#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <thread>

#include "bench/carrier.h"
#include "bench/exchange.h"
#include "bench/link.h"
#include "bench/second_thread.h"
#include "bench/workloads.h"

namespace loopmark::bench {
namespace {

class OneLoop final : public Workload {
 public:
  OneLoop(const Arm& arm, LinkKind kind, std::size_t bytes)
      : arm_(arm), kind_(kind), bytes_(bytes) {}

  void prepare() override {
    ArmLoop loop = arm_.make_loop();
    link_ = make_link(kind_);
    exchange_.emplace(link_.first, &link_.second, bytes_);
    carrier_ = make_carrier(arm_, std::move(loop), *exchange_);
  }

  std::uint64_t slot(std::uint64_t events, SlotRecord& record) override {
    const std::uint64_t before = exchange_->undelivered();
    exchange_->start(events, record.operation);
    carrier_->carry();
    return events - (exchange_->undelivered() - before);
  }

  void verify() override { exchange_->verify(); }
  std::string evidence() const override { return carrier_->evidence(); }

 private:
  Arm arm_;
  LinkKind kind_;
  std::size_t bytes_;
  Link link_;
  std::optional<Exchange> exchange_;
  std::unique_ptr<Carrier> carrier_;
};

/// The thread of the answering end, the link's second. It makes its own loop, as a loop belongs to
/// the thread that runs it.
class Peer {
 public:
  Peer(const Arm& arm, const Link& link, std::size_t bytes) : link_(link), bytes_(bytes) {
    std::promise<void> ready;
    thread_ = std::thread([&] { serve(ready, arm); });
    try {
      ready.get_future().get();
    } catch (...) {
      thread_.join();
      throw;
    }
  }

  ~Peer() {
    leave_ = true;
    send(link_.first);  // if it does not fit, there is something to read already
    thread_.join();
  }

 private:
  void serve(std::promise<void>& ready, Arm arm) {
    std::optional<Echo> echo;
    std::unique_ptr<Carrier> carrier;
    try {
      pin_this_thread(arm.peer_cpu);
      echo.emplace(link_.second, bytes_, leave_);
      carrier = make_carrier(arm, arm.make_loop(), *echo);
    } catch (...) {
      return ready.set_exception(std::current_exception());
    }
    ready.set_value();
    carrier->carry();
    // Should it end before it is told to, the other end must not wait for ever. One message is not enough: it may be looked
    // at only some messages later, or complete one that was half lost.
    while (!leave_) {
      send(link_.second);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  /// A message that no exchange sends.
  void send(const LinkEnd& end) const {
    const std::vector<std::uint8_t> message(bytes_, 0xfe);
    [[maybe_unused]] const ssize_t count = ::write(end.out(), message.data(), message.size());
  }

  const Link& link_;
  std::size_t bytes_;
  std::atomic<bool> leave_ = false;
  std::thread thread_;
};

class TwoLoops final : public Workload {
 public:
  TwoLoops(const Arm& arm, LinkKind kind, std::size_t bytes)
      : arm_(arm), kind_(kind), bytes_(bytes) {}

  void prepare() override {
    ArmLoop loop = arm_.make_loop();
    link_ = make_link(kind_);
    exchange_.emplace(link_.first, nullptr, bytes_);
    carrier_ = make_carrier(arm_, std::move(loop), *exchange_);
    peer_.emplace(arm_, link_, bytes_);
  }

  std::uint64_t slot(std::uint64_t events, SlotRecord& record) override {
    const std::uint64_t round_trips = (events + 1) / 2;
    const std::uint64_t before = exchange_->undelivered();
    exchange_->start(round_trips, record.operation);
    carrier_->carry();
    return 2 * (round_trips - (exchange_->undelivered() - before));
  }

  void verify() override { exchange_->verify(); }
  std::string evidence() const override { return carrier_->evidence(); }
  std::string left_to_chance() const override {
    return "the scheduler decides whether a loop waits or finds its message there";
  }

 private:
  Arm arm_;
  LinkKind kind_;
  std::size_t bytes_;
  Link link_;
  std::optional<Exchange> exchange_;
  std::unique_ptr<Carrier> carrier_;
  std::optional<Peer> peer_;  // joined first
};

// Fits the buffer of any link: a message is written whole.
constexpr std::uint64_t kMostBytes = 65536;
constexpr std::uint64_t kCounterBytes = 8;

std::unique_ptr<Workload> make(const Arm& arm, const Parameters& parameters) {
  const std::uint64_t bytes = whole(parameters, "bytes", 1, kMostBytes);
  const std::uint64_t loops = whole(parameters, "loops", 1, 2);
  const auto kind = static_cast<LinkKind>(choice(parameters, "pair", kLinkKinds));
  if (kind == LinkKind::kEventfd && bytes != kCounterBytes) {
    throw std::invalid_argument("bytes=" + std::to_string(bytes) +
                                " with pair=eventfd: a counter takes 8 bytes");
  }
  if (loops == 1) return std::make_unique<OneLoop>(arm, kind, bytes);
  return std::make_unique<TwoLoops>(arm, kind, bytes);
}

constexpr Parameter kParameters[] = {
    {"loops", "1", "1: both ends in one loop; 2: each in a thread and a loop of its own"},
    {"bytes", "1", "length of a message, at most 65536; 8 with pair=eventfd"},
    {"pair", "socketpair",
     "socketpair, pipe (two), eventfd (two), unix or tcp (loopback, no delay)"},
};

// How wide: harness/MEASURING.md, step 6.
constexpr std::string_view kTwoThreads = "two threads: intervals stay wider than 1 %";

constexpr Scenario kScenarios[] = {
    {"loops=1,bytes=1", true, true},
    {"loops=1,pair=tcp,bytes=1", true, true},
    {"loops=1,bytes=1024", true, false},
    {"loops=2,bytes=1", true, true, 0.05, kTwoThreads},
    {"loops=1,bytes=64", false, false},
    {"loops=1,bytes=16384", false, false},
    {"loops=1,pair=pipe,bytes=1", false, false},
    {"loops=1,pair=eventfd,bytes=8", false, false},
    {"loops=1,pair=unix,bytes=1", false, false},
    {"loops=1,pair=tcp,bytes=1024", false, false},
    {"loops=1,pair=tcp,bytes=16384", false, false},
    {"loops=2,pair=pipe,bytes=1", false, false},
    {"loops=2,pair=eventfd,bytes=8", false, false},
    {"loops=2,pair=unix,bytes=1", false, false},
    {"loops=2,pair=tcp,bytes=1", false, false},
};

constexpr std::string_view kBareArms[] = {kBareEpoll};

constexpr std::string_view kClauses[] = {"FD-READ-01", "FD-READ-02", "CORE-CRASH-02"};

}  // namespace

const WorkloadRow kPingPong = {
    .name = "ping_pong",
    .question = "What does a loop add to a message that goes to and fro?",
    .unit = "message",
    .operation = "round trip",
    .timed =
        "from the first message written to the last one read: for each message one wait, one "
        "read and one write; a round trip is two messages",
    .not_shown =
        "many messages at a time, where waits are shared; a network; with loops=2 most of the time "
        "is the kernel's, waking a thread on another processor",
    .verdicts =
        "the least that the kernel can do for a message, the same with a kilobyte, the way most "
        "messages go, and the one whose cost is waking another processor; what else a message can "
        "go through changes the kernel's part only",
    .clauses = kClauses,
    .parameters = kParameters,
    .scenarios = kScenarios,
    .bare_arms = kBareArms,
    .library_arms = true,
    .threads = {0, "loops"},
    .make = make,
};

}  // namespace loopmark::bench
