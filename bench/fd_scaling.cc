// SPDX-License-Identifier: MIT
//
// The ring of libevent's bench.c: N pairs are watched, A of them are active at a time, and each
// byte that is read makes the next pair readable. What it costs to find A among N is what tells
// mechanisms apart: epoll(7) keeps a list of what is ready, poll(2) and select(2) look at all N
// each time.
#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "bench/carrier.h"
#include "bench/ring.h"
#include "bench/workloads.h"

namespace loopmark::bench {
namespace {

template <class Link>
class FdScaling final : public Workload {
 public:
  using MakeLinks = std::function<std::vector<Link>(std::size_t count)>;

  FdScaling(const Arm& arm, RingSize size, RingOrder order, MakeLinks make_links)
      : arm_(arm), size_(size), order_(order), make_links_(std::move(make_links)) {}

  void prepare() override {
    ArmLoop loop = arm_.make_loop();
    ring_.emplace(make_links_(size_.fds), size_.active, order_);
    carrier_ = make_carrier(arm_, std::move(loop), *ring_);
  }

  std::uint64_t slot(std::uint64_t events, SlotRecord&) override {
    events = std::max<std::uint64_t>(events, size_.active);
    const std::uint64_t before = ring_->undelivered();
    ring_->start(events);
    carrier_->carry();
    return events - (ring_->undelivered() - before);
  }

  void rewind() override { ring_->rewind(); }
  void verify() override { ring_->verify(); }
  std::string evidence() const override { return carrier_->evidence(); }

 private:
  Arm arm_;
  RingSize size_;
  RingOrder order_;
  MakeLinks make_links_;
  std::optional<BasicRing<Link>> ring_;
  std::unique_ptr<Carrier> carrier_;  // ends before the ring, whose descriptors it watches
};

std::unique_ptr<Workload> make(const Arm& arm, const Parameters& parameters) {
  constexpr std::string_view kOrders[] = {"ring", "random"};
  constexpr std::string_view kPairs[] = {"pipe", "socketpair", "eventfd"};
  const RingSize size = ring_size(parameters);
  const auto order = static_cast<RingOrder>(choice(parameters, "order", kOrders));
  const std::size_t pair = choice(parameters, "pair", kPairs);
  if (pair == 2) return std::make_unique<FdScaling<EventfdLink>>(arm, size, order, eventfd_links);
  const auto kind = static_cast<PairKind>(pair);
  return std::make_unique<FdScaling<KernelLink>>(
      arm, size, order, [kind](std::size_t count) { return kernel_links(count, kind); });
}

constexpr Parameter kParameters[] = {
    {"fds", "100", "pairs that are watched; each takes two descriptors, an eventfd one"},
    {"active", "1", "bytes under way at a time, at most fds"},
    {"pair", "pipe", "pipe, socketpair or eventfd, which counts and carries no data"},
    {"order", "ring",
     "ring: pairs are visited by runs of four neighbours, spread over all; random: as a shuffle "
     "has it"},
};

constexpr Scenario kScenarios[] = {
    {"fds=100,active=1", true, true},
    {"fds=1000,active=1", true, true},
    {.parameters = "fds=1000,active=100", .judged = true, .quick = true, .launches = 2},
    {"fds=1000,active=10", false, false},
    {"fds=1000,active=1000", false, false},
    {"fds=2,active=1", false, true},
    {"fds=10,active=1", false, true},
    {"fds=30,active=1", false, false},
    {"fds=300,active=1", false, true},
    {"fds=500,active=1", false, false},
    {"fds=3000,active=1", false, true},
    {"fds=9900,active=1", false, true},
    {"fds=50000,active=1", false, false},
    {"fds=100,active=100", false, false},
    {"fds=300,active=100", false, false},
    {"fds=3000,active=100", false, false},
    {"fds=9900,active=100", false, false},
    {"fds=1000,active=1,order=random", true, false},
    {"fds=100,active=1,order=random", false, false},
    {"fds=9900,active=1,order=random", false, false},
    {"fds=100,active=1,pair=socketpair", false, false},
    {"fds=100,active=1,pair=eventfd", false, false},
};

constexpr std::string_view kBareArms[] = {kBareEpoll, kBarePoll, kBareSelect};

constexpr std::string_view kClauses[] = {"FD-READ-01", "FD-READ-02", "CORE-CRASH-02"};

}  // namespace

const WorkloadRow kFdScaling = {
    .name = "fd_scaling",
    .question = "What does it cost to find the few active descriptors among many?",
    .unit = "event",
    .operation = "",
    .timed =
        "from the first byte written to the last byte read: for each event one read of a byte, "
        "one write of a byte, and its share of the waits",
    .not_shown =
        "registration, which is done before; connections, which also carry data; with order=ring, "
        "the random order of a real server",
    .verdicts =
        "few and many descriptors, one byte and many under way, and an order that no prefetching "
        "follows",
    .clauses = kClauses,
    .parameters = kParameters,
    .scenarios = kScenarios,
    .bare_arms = kBareArms,
    .library_arms = true,
    .make = make,
};

}  // namespace loopmark::bench
