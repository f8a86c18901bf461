// SPDX-License-Identifier: MIT
//
// The work of fd_scaling and of iteration over a queue in memory: no kernel, no library, no layer of
// ours below the interface. What is left is what the harness itself takes for an event, on each of
// the ways that workloads are carried; it is part of every other figure.
#include <algorithm>

#include "bench/bare_carrier.h"
#include "bench/library_carrier.h"
#include "bench/null_loops.h"
#include "bench/reactor_carrier.h"
#include "bench/ring.h"
#include "bench/workloads.h"

namespace loopmark::bench {
namespace {

using MemoryRing = BasicRing<MemoryLink>;

constexpr std::string_view kBare = "bare/null";
constexpr std::string_view kLibrary = "api:null";
constexpr std::string_view kReactor = "null";

std::vector<MemoryLink> make_links(MemoryQueue& queue, std::size_t count) {
  std::vector<MemoryLink> links;
  links.reserve(count);
  for (std::size_t i = 0; i < count; ++i) links.emplace_back(queue, i);
  return links;
}

/// By hand, as BareCarrier.
class NullCarrier final : public Carrier {
 public:
  NullCarrier(MemoryQueue& queue, MemoryRing& ring) : queue_(queue), ring_(ring) {}
  void carry() override {
    while (!ring_.done() && queue_.look()) ring_.readable(queue_.front());
  }
  std::string evidence() const override { return kNullEvidence; }

 private:
  MemoryQueue& queue_;
  MemoryRing& ring_;
};

class NullRing final : public Workload {
 public:
  NullRing(const Arm& arm, std::size_t fds, std::size_t active)
      : name_(arm.name),
        active_(active),
        queue_(active),
        ring_(make_links(queue_, fds), active, RingOrder::kInTurn) {}

  void prepare() override {
    if (name_ == kReactor) {
      carrier_ = std::make_unique<ReactorCarrier<MemoryRing>>(std::make_unique<NullReactor>(queue_),
                                                              ring_);
    } else if (name_ == kLibrary) {
      carrier_ = std::make_unique<LibraryCarrier<MemoryRing>>(
          std::make_unique<NullLibraryLoop>(queue_), ring_);
    } else {
      carrier_ = std::make_unique<NullCarrier>(queue_, ring_);
    }
  }

  std::uint64_t slot(std::uint64_t events, SlotRecord&) override {
    events = std::max<std::uint64_t>(events, active_);
    const std::uint64_t before = ring_.undelivered();
    ring_.start(events);
    carrier_->carry();
    return events - (ring_.undelivered() - before);
  }

  void rewind() override { ring_.rewind(); }
  void verify() override { ring_.verify(); }
  std::string evidence() const override { return carrier_->evidence(); }

 private:
  std::string name_;
  std::size_t active_;
  MemoryQueue queue_;
  MemoryRing ring_;
  std::unique_ptr<Carrier> carrier_;
};

/// Passes that find nothing.
class NullPasses final : public Workload {
 public:
  explicit NullPasses(const Arm& arm) : name_(arm.name) {}

  void prepare() override {}

  std::uint64_t slot(std::uint64_t events, SlotRecord&) override {
    expected_ += events;
    if (name_ == kReactor) {
      for (std::uint64_t k = 0; k < events; ++k) reactor_->iterate(Duration::zero());
    } else if (name_ == kLibrary) {
      for (std::uint64_t k = 0; k < events; ++k) library_->poll();
    } else {
      for (std::uint64_t k = 0; k < events; ++k) {
        found_ |= queue_.look();
        asm volatile("" ::: "memory");  // as opaque as a call: or they would be added up
      }
    }
    return events;
  }

  void verify() override {
    if (queue_.looks() != expected_ || found_)
      throw WorkIsWrong(std::to_string(expected_) + " passes were asked for, and " +
                        std::to_string(queue_.looks()) + " made");
  }
  std::string evidence() const override { return kNullEvidence; }

 private:
  std::string name_;
  MemoryQueue queue_{1};
  std::unique_ptr<Reactor> reactor_ = std::make_unique<NullReactor>(queue_);
  std::unique_ptr<LibraryLoop> library_ = std::make_unique<NullLibraryLoop>(queue_);
  std::uint64_t expected_ = 0;
  bool found_ = false;
};

std::unique_ptr<Workload> make(const Arm& arm, const Parameters& parameters) {
  constexpr std::string_view kWork[] = {"ring", "passes"};
  const auto [fds, active] = ring_size(parameters);
  if (choice(parameters, "work", kWork) == 1) return std::make_unique<NullPasses>(arm);
  return std::make_unique<NullRing>(arm, fds, active);
}

constexpr Parameter kParameters[] = {
    {"work", "ring", "ring: as fd_scaling; passes: as iteration with pass=empty"},
    {"fds", "100", "pairs of the ring"},
    {"active", "1", "bytes under way at a time, at most fds"},
};

constexpr Scenario kScenarios[] = {
    {"work=ring,fds=100,active=1", false, false},
    {"work=ring,fds=9900,active=100", false, false},
    {"work=passes", false, true},
};

constexpr std::string_view kBareArms[] = {kBare, kLibrary, kReactor};

}  // namespace

const WorkloadRow kNull = {
    .name = "null",
    .question = "What does the harness itself take, where there is nothing to measure?",
    .unit = "event",
    .operation = "",
    .timed =
        "what fd_scaling and iteration have in theirs, but for all that a loop does: bytes move "
        "through a queue in memory; api:null goes by the interface of libraries' loops, null "
        "by that of reactors",
    .not_shown = "any loop; caches and branches that real loops disturb",
    .verdicts = "none: these are floors, not contestants",
    .parameters = kParameters,
    .scenarios = kScenarios,
    .bare_arms = kBareArms,
    .backends = false,
    .make = make,
};

}  // namespace loopmark::bench
