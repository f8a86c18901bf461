// SPDX-License-Identifier: MIT
//
// How a buffered connection uses a loop: it waits to read all the time, and to write only while it
// has something to write. So its interest changes twice a message. Loops that tell the kernel at once
// pay for each change; those that tell it before they wait do not see what was taken back by then.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>

#include "bench/descriptors.h"
#include "bench/fault.h"
#include "bench/planted_work.h"
#include "bench/watches.h"
#include "bench/workloads.h"

namespace loopmark::bench {
namespace {

enum class Off { kServed, kAtOnce };

/// Pairs between whose ends a byte goes to and fro, one under way in each pair. The bytes of each end
/// count up.
template <template <class> class Loop>
class Toggle final : public Workload {
 public:
  Toggle(const Arm& arm, std::size_t pairs, Off off) : arm_(arm), pairs_(pairs), off_(off) {}

  void prepare() override {
    need_descriptors(pairs_, 2);
    loop_.emplace(arm_.make_loop(), *this);
    for (std::size_t k = 0; k < pairs_; ++k) {
      DescriptorPair pair = make_pair(PairKind::kSocketpair);
      ends_.push_back({std::move(pair.reader)});
      ends_.push_back({std::move(pair.writer)});
    }
    for (std::size_t i = 0; i < ends_.size(); ++i) {
      loop_->add(ends_[i].fd.get());
      loop_->watch_read(i);
      loop_->watch_write(i);  // what a loop makes when it is asked for the first time is made now
      loop_->unwatch_write(i);
    }
  }

  std::uint64_t slot(std::uint64_t events, SlotRecord&) override {
    verify_counts();
    events = std::max<std::uint64_t>(events, pairs_);
    unread_ = events;
    for (std::size_t k = 0; k < pairs_; ++k) send(2 * k);
    loop_->run();
    return events - unread_;
  }

  void verify() override {
    verify_counts();
    for (std::size_t i = 0; i < ends_.size(); ++i) {
      if (ends_[i].sent != ends_[i ^ 1].received) throw WorkIsWrong("a message is left over");
    }
  }
  std::string evidence() const override { return loop_->evidence(); }

  void readable(std::size_t i) {
    planted_.owe_for(1);
    End& end = ends_[i];
    std::uint8_t byte;
    if (::read(end.fd.get(), &byte, 1) != 1) return;  // readiness is a hint
    if (byte != end.received++) return fail("a message is lost or changed");
    if (--unread_ == 0) loop_->stop();
    if (unread_ < pairs_) return;  // as many are under way as are still to be read
    loop_->watch_write(i);
    if (off_ == Off::kAtOnce) {
      loop_->unwatch_write(i);
      send(i);
    } else {
      end.owes = true;
    }
  }

  void writable(std::size_t i) {
    if (!std::exchange(ends_[i].owes, false))
      return fail("is called to write without having asked");
    loop_->unwatch_write(i);
    send(i);
  }

 private:
  struct End {
    UniqueFd fd;
    std::uint8_t sent = 0;
    std::uint8_t received = 0;
    bool owes = false;  // an answer
  };

  void verify_counts() const {
    fault_.check();
    if (unread_ > 0) throw WorkIsWrong(std::to_string(unread_) + " messages were not delivered");
  }

  void send(std::size_t i) {
    const std::uint8_t byte = ends_[i].sent++;
    if (::write(ends_[i].fd.get(), &byte, 1) != 1) fail("a message cannot be written");
  }

  void fail(const char* what) {
    fault_.set(what);
    loop_->stop();
  }

  Arm arm_;
  PlantedDebt planted_{arm_.planted_steps};
  std::size_t pairs_;
  Off off_;
  std::vector<End> ends_;             // the two of a pair side by side
  std::optional<Loop<Toggle>> loop_;  // ends before the descriptors it watches
  std::uint64_t unread_ = 0;          // messages of this slot that are still to come
  Fault fault_;
};

std::unique_ptr<Workload> make(const Arm& arm, const Parameters& parameters) {
  constexpr std::array<std::string_view, 2> kOff = {"served", "at_once"};
  return make_watching<Toggle>(arm, positive(parameters, "fds"),
                               static_cast<Off>(choice(parameters, "off", kOff)));
}

constexpr Parameter kParameters[] = {
    {"fds", "100", "pairs, each with a message under way; each takes two descriptors"},
    {"off", "served",
     "when interest in writing ends: served: when the loop has called for it; at_once: in the "
     "callback that it began in"},
};

constexpr Scenario kScenarios[] = {
    {"fds=100,off=served", true, true},
    {"fds=100,off=at_once", true, false},
    {"fds=1,off=served", false, false},
    {"fds=1000,off=served", false, false},
};

constexpr std::string_view kBareArms[] = {kBareEpoll, kBarePoll};
constexpr std::string_view kClauses[] = {"FD-READ-01", "FD-WRITE-01", "FD-ADD-03", "FD-RM-02",
                                         "CORE-CRASH-02"};

}  // namespace

const WorkloadRow kToggle = {
    .name = "toggle",
    .question = "What does it cost to wait for writing only while there is something to write?",
    .unit = "message",
    .operation = "",
    .timed =
        "from the first message written to the last one read: for each message one read, one "
        "write, interest in writing on and off, and its share of the waits (with off=served two)",
    .not_shown = "buffers that are really full; registration, which is done before",
    .verdicts = "both patterns, with so many descriptors that waits are shared and changes show",
    .clauses = kClauses,
    .parameters = kParameters,
    .scenarios = kScenarios,
    .bare_arms = kBareArms,
    .library_arms = true,
    .counted_events = 500,  // by then each end has been toggled, which a library may prepare for
    .make = make,
};

}  // namespace loopmark::bench
