// SPDX-License-Identifier: MIT
//
// One message under way between two ends of a UNIX stream: the least work there is for a loop, so
// what a loop adds to the system calls shows most. With loops=1 both ends are in one loop; with
// loops=2 each has a thread and a loop of its own, and what is measured is mostly how the kernel
// wakes a thread on another processor.
#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>

#include <future>
#include <optional>
#include <thread>

#include "bench/carrier.h"
#include "bench/descriptors.h"
#include "bench/exchange.h"
#include "bench/workloads.h"

namespace loopmark::bench {
namespace {

class OneLoop final : public Workload {
 public:
  OneLoop(const Arm& arm, std::size_t bytes) : arm_(arm), bytes_(bytes) {}

  void prepare() override {
    pair_ = make_pair(PairKind::kSocketpair);
    exchange_.emplace(pair_.reader.get(), pair_.writer.get(), bytes_);
    carrier_ = make_carrier(arm_, arm_.make_loop(), *exchange_);
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
  std::size_t bytes_;
  DescriptorPair pair_;
  std::optional<Exchange> exchange_;
  std::unique_ptr<Carrier> carrier_;
};

/// The thread of the answering end. It makes its own loop, as a loop belongs to the thread that
/// runs it.
class Peer {
 public:
  Peer(const Arm& arm, int fd, std::size_t bytes) {
    std::promise<void> ready;
    thread_ = std::thread([&ready, arm, fd, bytes] { serve(ready, arm, fd, bytes); });
    try {
      ready.get_future().get();
    } catch (...) {
      thread_.join();
      throw;
    }
  }
  /// The stream must be over by now.
  ~Peer() { thread_.join(); }

 private:
  static void serve(std::promise<void>& ready, const Arm& arm, int fd, std::size_t bytes) {
    std::optional<Echo> echo;
    std::unique_ptr<Carrier> carrier;
    try {
      if (arm.peer_cpu >= 0) {
        cpu_set_t cpus;
        CPU_ZERO(&cpus);
        CPU_SET(static_cast<std::size_t>(arm.peer_cpu), &cpus);
        ::pthread_setaffinity_np(::pthread_self(), sizeof cpus, &cpus);
      }
      echo.emplace(fd, bytes);
      carrier = make_carrier(arm, arm.make_loop(), *echo);
    } catch (...) {
      return ready.set_exception(std::current_exception());
    }
    ready.set_value();
    carrier->carry();
    ::shutdown(
        fd, SHUT_RDWR);  // should it end before it is told to, the other end must not wait for ever
  }

  std::thread thread_;
};

class TwoLoops final : public Workload {
 public:
  TwoLoops(const Arm& arm, std::size_t bytes) : arm_(arm), bytes_(bytes) {}
  ~TwoLoops() override {
    if (pair_.reader) ::shutdown(pair_.reader.get(), SHUT_RDWR);  // the peer's end of work
  }

  void prepare() override {
    pair_ = make_pair(PairKind::kSocketpair);
    exchange_.emplace(pair_.reader.get(), -1, bytes_);
    carrier_ = make_carrier(arm_, arm_.make_loop(), *exchange_);
    peer_.emplace(arm_, pair_.writer.get(), bytes_);
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

 private:
  Arm arm_;
  std::size_t bytes_;
  DescriptorPair pair_;
  std::optional<Exchange> exchange_;
  std::unique_ptr<Carrier> carrier_;
  std::optional<Peer> peer_;  // joined first
};

constexpr std::uint64_t kMostBytes =
    65536;  // fits any UNIX stream's buffer: a message is written whole

std::unique_ptr<Workload> make(const Arm& arm, const Parameters& parameters) {
  const std::uint64_t bytes = positive(parameters, "bytes");
  const std::uint64_t loops = positive(parameters, "loops");
  if (bytes > kMostBytes) {
    throw std::invalid_argument("bytes=" + std::to_string(bytes) + ": at most " +
                                std::to_string(kMostBytes));
  }
  if (loops == 1) return std::make_unique<OneLoop>(arm, bytes);
  if (loops == 2) return std::make_unique<TwoLoops>(arm, bytes);
  throw std::invalid_argument("loops=" + std::to_string(loops) + ": use 1 or 2");
}

constexpr Parameter kParameters[] = {
    {"loops", "1", "1: both ends in one loop; 2: each in a thread and a loop of its own"},
    {"bytes", "1", "length of a message, at most 65536"},
};

constexpr Scenario kScenarios[] = {
    {"loops=1,bytes=1", true, true},
    {"loops=1,bytes=1024", true, false},
    {"loops=1,bytes=16384", true, false},
    {"loops=2,bytes=1", true, true, 0.05},
};

constexpr std::string_view kBareArms[] = {bare::Epoll::kName};

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
        "many messages at a time, where waits are shared; the network; with loops=2 most "
        "of the time is the kernel's, waking a thread on another processor",
    .clauses = kClauses,
    .parameters = kParameters,
    .scenarios = kScenarios,
    .bare_arms = kBareArms,
    .library_arms = true,
    .make = make,
};

}  // namespace loopmark::bench
