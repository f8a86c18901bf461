// SPDX-License-Identifier: MIT
//
// What a loop costs that has nothing to do: the memory that it keeps for each descriptor, and how
// often it wakes up, and for how long, while nothing happens. Afterwards each descriptor is made
// ready once, for a loop that has forgotten them would look cheap.
#include <malloc.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <optional>
#include <vector>

#include "bench/carrier.h"
#include "bench/descriptors.h"
#include "bench/fault.h"
#include "bench/thread_usage.h"
#include "bench/workloads.h"
#include "reactors/base/check.h"

namespace loopmark::bench {
namespace {

/// Descriptors at which nothing happens, and before them a timer of the kernel's, which ends an idle
/// period. Traffic of a carrier.
class Idlers {
 public:
  explicit Idlers(std::size_t count) : received_(count) {
    for (std::size_t i = 0; i < count; ++i) {
      fds_.emplace_back(check_call(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd"));
    }
  }

  std::size_t size() const { return 1 + fds_.size(); }
  int descriptor(std::size_t i) const { return i == 0 ? timer_.get() : fds_[i - 1].get(); }
  bool done() const { return left_ == 0 || fault_; }

  /// It is done when so many milliseconds have passed.
  void idle(std::uint64_t milliseconds) {
    itimerspec end{};
    end.it_value.tv_sec = static_cast<time_t>(milliseconds / 1000);
    end.it_value.tv_nsec = static_cast<long>(milliseconds % 1000) * 1'000'000;
    check_call(::timerfd_settime(timer_.get(), 0, &end, nullptr), "timerfd_settime");
    begin(1);
  }

  /// It is done when each descriptor has been read.
  void make_all_ready() {
    for (const UniqueFd& fd : fds_) {
      check_call(::eventfd_write(fd.get(), 1), "eventfd_write");
    }
    ++sent_;
    begin(fds_.size());
  }

  void readable(std::size_t i) {
    eventfd_t value;  // a timer has eight bytes, too
    if (::eventfd_read(descriptor(i), &value) != 0) {
      if (errno != EAGAIN && errno != EINTR) fault_.set("a descriptor cannot be read");
      return;  // readiness is a hint
    }
    if (i > 0) received_[i - 1] += value;
    --left_;
  }

  /// Throws WorkIsWrong.
  void verify() const {
    fault_.check();
    if (left_ > 0) throw WorkIsWrong(kLost);
    if (std::any_of(received_.begin(), received_.end(),
                    [this](std::uint64_t value) { return value != sent_; })) {
      throw WorkIsWrong("a descriptor was not watched");
    }
  }

 private:
  static constexpr const char* kLost = "the loop ended before all events had come";

  void begin(std::size_t events) {
    if (left_ > 0) fault_.set(kLost);
    left_ = events;
  }

  UniqueFd timer_{
      check_call(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), "timerfd_create")};
  std::vector<UniqueFd> fds_;
  std::size_t left_ = 0;    // events that are still to come
  std::uint64_t sent_ = 0;  // to each of them
  std::vector<std::uint64_t> received_;
  Fault fault_;
};

/// Bytes of this process.
struct Memory {
  double heap = 0;      // that are allocated
  double resident = 0;  // in memory, whoever has asked for them

  Memory operator-(const Memory& other) const {
    return {heap - other.heap, resident - other.resident};
  }
};

Memory memory() {
  ::malloc_trim(0);  // or what was free already would be filled first
  const struct mallinfo2 info = ::mallinfo2();
  double pages[2] = {};  // of the address space, and resident: proc(5)
  std::ifstream("/proc/self/statm") >> pages[0] >> pages[1];
  return {static_cast<double>(info.uordblks) + static_cast<double>(info.hblkhd),
          pages[1] * static_cast<double>(::sysconf(_SC_PAGESIZE))};
}

class IdleCost final : public Workload {
 public:
  IdleCost(const Arm& arm, std::size_t fds, std::uint64_t milliseconds)
      : arm_(arm), fds_(fds), milliseconds_(milliseconds) {}

  void prepare() override {
    need_descriptors(fds_, 2);
    // Their difference is free of what a loop takes once.
    const std::size_t few = std::max<std::size_t>(fds_ / 10, 1);
    populate(few);  // what is paid once, such as pages of code, is paid then
    const Memory taken_by_few = populate(few);
    const Memory taken = populate(fds_);
    if (fds_ == few) {
      taken_by_each_ = taken;
    } else {
      const Memory by_more = taken - taken_by_few;
      const auto more = static_cast<double>(fds_ - few);
      taken_by_each_ = {by_more.heap / more, by_more.resident / more};
    }
  }

  std::uint64_t slot(std::uint64_t events, SlotRecord& record) override {
    double woken = 0;
    double cpu = 0;
    for (std::uint64_t k = 0; k < events; ++k) {
      const std::int64_t sleeps_before = sleeps();
      const std::int64_t cpu_before = thread_cpu_time();
      record.stopwatch.start();
      idlers_->idle(milliseconds_);
      carrier_->carry();
      record.stopwatch.stop();
      cpu += static_cast<double>(thread_cpu_time() - cpu_before);
      woken += static_cast<double>(sleeps() - sleeps_before - 1);
      if (!idlers_->done()) return k;
      idlers_->make_all_ready();
      carrier_->carry();
    }
    const double seconds = static_cast<double>(events * milliseconds_) * 1e-3;
    record.values["bytes a descriptor"] = taken_by_each_.heap;
    record.values["resident bytes a descriptor"] = taken_by_each_.resident;
    record.values["needless wakes a second"] = std::max(woken, 0.0) / seconds;
    record.values["processor us a second"] = cpu * 1e-3 / seconds;
    return events;
  }

  void verify() override { idlers_->verify(); }
  std::string evidence() const override { return carrier_->evidence(); }

 private:
  /// Makes a loop with so many idle descriptors, and returns what memory it takes.
  Memory populate(std::size_t count) {
    carrier_.reset();
    idlers_.emplace(count);
    const Memory before = memory();
    carrier_ = make_carrier(arm_, arm_.make_loop(), *idlers_);
    idlers_->make_all_ready();  // a loop may register late, and may remember what was ready
    carrier_->carry();
    return memory() - before;
  }

  Arm arm_;
  std::size_t fds_;
  std::uint64_t milliseconds_;
  std::optional<Idlers> idlers_;
  std::unique_ptr<Carrier> carrier_;  // ends before them
  Memory taken_by_each_;              // descriptor
};

constexpr std::uint64_t kLongest = 10'000;

std::unique_ptr<Workload> make(const Arm& arm, const Parameters& parameters) {
  return std::make_unique<IdleCost>(arm, positive(parameters, "fds"),
                                    whole(parameters, "idle_ms", 1, kLongest));
}

constexpr Parameter kParameters[] = {
    {"fds", "900", "descriptors that are watched"},
    {"idle_ms", "500", "milliseconds in which nothing happens, at most 10000"},
};

constexpr Scenario kScenarios[] = {
    {"fds=900,idle_ms=100", false, false},
    {"fds=9000,idle_ms=100", false, false},
};

constexpr std::string_view kClauses[] = {"FD-READ-01", "FD-READ-03"};

constexpr std::string_view kBareArms[] = {kBareEpoll, kBarePoll, kBareSelect};

}  // namespace

const WorkloadRow kIdleCost = {
    .name = "idle_cost",
    .question = "What does a loop cost that has nothing to do?",
    .unit = "idle period",
    .operation = "",
    .timed =
        "a run of idle_ms in which nothing happens, ended by a timer of the kernel's. Values: "
        "bytes of the heap for each further descriptor, with the object that stands for it, once "
        "each has been ready, and resident bytes, in pages and so less exactly, which are also "
        "what a loop maps for itself; how often the thread woke besides at the end; processor time "
        "for each second, begin and end of the run included",
    .not_shown =
        "the kernel's own memory for a descriptor, which it does not tell by process; what idle "
        "descriptors cost a busy one beside them, which is fd_scaling with active=1; delayed calls "
        "that are pending; memory that was used for a while only",
    .verdicts =
        "none: bytes and wake-ups are counted, not timed. 900 descriptors are what every mechanism "
        "can watch",
    .quantity = harness::Quantity::kValue,
    .slot_events = 1,
    .slot_ms = 100,
    .clauses = kClauses,
    .parameters = kParameters,
    .scenarios = kScenarios,
    .bare_arms = kBareArms,
    .library_arms = true,
    .not_counted = "paced by the clock",
    .make = make,
};

}  // namespace loopmark::bench
