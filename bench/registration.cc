// SPDX-License-Identifier: MIT
//
// What it costs to have descriptors watched. N of them are added, changed and removed again, each
// time followed by one pass, which makes loops that put changes off do their work. One of the three
// phases is timed. What has been watched before may come cheaper to a loop, and to the kernel, than
// what is new to them: with phase=first it is the adding that is timed, by a loop made anew for each
// cycle. In the first cycles of every fourth slot it is tried after each phase whether all registrations
// are what they should be.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <optional>

#include "bench/descriptors.h"
#include "bench/fault.h"
#include "bench/planted_work.h"
#include "bench/watches.h"
#include "bench/workloads.h"

namespace loopmark::bench {
namespace {

enum class Phase { kAdd, kModify, kRemove, kFirst };

// Passes in a row that bring nothing, until what is missing will not come.
constexpr int kPatience = 3;
// Trying takes many times as long as what is timed: so many registrations are tried, in one of so
// many slots.
constexpr std::uint64_t kTried = 1000;
constexpr std::uint64_t kTriedSlots = 4;
// Of a block that makes an end of a stream with the smallest buffer there is unwritable.
constexpr std::size_t kBlock = 2048;

/// The first ends of N socket pairs, on which nothing happens but what the other ends do. They can
/// neither be read nor written, or the pass of a timed phase would serve them.
template <template <class> class Loop>
class Registration final : public Workload {
 public:
  Registration(const Arm& arm, std::size_t fds, Phase phase)
      : arm_(arm), fds_(fds), phase_(phase) {}

  void prepare() override {
    need_descriptors(fds_, 2);
    loop_.emplace(arm_.make_loop(), *this);
    for (std::size_t i = 0; i <= fds_; ++i) {  // one more, which is watched all the time
      pairs_.push_back(make_pair(PairKind::kSocketpair));
      if (phase_ == Phase::kModify) make_unwritable(i);
    }
    expected_.resize(fds_ + 1, Expected::kNothing);
    introduce_all();
    SlotRecord nobody_reads_it;
    cycle(nobody_reads_it, true);  // memory is had, and what cannot be watched is refused
  }

  std::uint64_t slot(std::uint64_t events, SlotRecord& record) override {
    std::uint64_t done = 0;
    const bool is_tried = slots_++ % kTriedSlots == 0;
    for (record.stopwatch.stop(); done < events && !fault_; done += fds_) {
      cycle(record, is_tried && done < kTried);
    }
    return done;
  }

  /// Without a trial, which changes what libev must tell epoll next: prepare() has had one.
  void rewind() override { slots_ = 1; }

  void verify() override { fault_.check(); }
  std::string evidence() const override { return loop_->evidence(); }
  std::string left_to_chance() const override {
    return phase_ == Phase::kFirst ? "a new loop's memory lies where another's was freed" : "";
  }

  void readable(std::size_t i) {
    std::uint8_t byte;
    if (!take(i, Expected::kReading)) return fail(i, "is called to read out of turn");
    if (::read(end(i), &byte, 1) != 1 || byte != kByte) fail(i, "has lost its byte");
  }

  void writable(std::size_t i) {
    if (!take(i, Expected::kWriting)) return fail(i, "is called to write out of turn");
    fill(i);
  }

 private:
  enum class Expected : std::uint8_t { kNothing, kReading, kWriting };
  static constexpr std::uint8_t kByte = 'x';

  void introduce_all() {
    for (std::size_t i = 0; i <= fds_; ++i) loop_->add(end(i));
    loop_->watch_read(fds_);
  }

  /// One that has not seen the descriptors yet, and has had a pass for its own.
  void renew_loop() {
    loop_.reset();
    loop_.emplace(arm_.make_loop(), *this);
    introduce_all();
    loop_->pass();
  }

  void cycle(SlotRecord& record, bool tried) {
    const bool is_first = phase_ == Phase::kFirst;
    if (is_first) renew_loop();
    change(record, is_first ? Phase::kFirst : Phase::kAdd,
           [this](std::size_t i) { loop_->watch_read(i); });
    if (tried) try_reading();
    if (phase_ == Phase::kModify) {
      change(record, Phase::kModify, [this](std::size_t i) { loop_->watch_write(i); });
      if (tried) try_writing();
    }
    change(record, Phase::kRemove, [this](std::size_t i) {
      if (phase_ == Phase::kModify) loop_->unwatch_write(i);
      loop_->unwatch_read(i);
    });
    if (tried) try_silence();
  }

  /// Does it for all, and makes a pass. Timed if it is the phase's turn.
  template <class Change>
  void change(SlotRecord& record, Phase phase, Change change_one) {
    if (phase == phase_) record.stopwatch.start();
    // In one piece: a few steps between two system calls hide behind these.
    if (phase == phase_) planted_work(fds_ * arm_.planted_steps);
    for (std::size_t i = 0; i < fds_; ++i) change_one(i);
    loop_->pass();
    record.stopwatch.stop();
  }

  /// Each of them is called for a byte that its peer writes, once.
  void try_reading() {
    for (std::size_t i = 0; i < fds_; ++i) expect_byte(i);
    await("is not called to read");
  }

  /// Each of them is called when its peer has made room, once.
  void try_writing() {
    for (std::size_t i = 0; i < fds_; ++i) {
      make_room(i);
      expect(i, Expected::kWriting);
    }
    await("is not called to write");
  }

  /// None of them is called, whatever its peer does, but one that is still watched is.
  void try_silence() {
    for (std::size_t i = 0; i < fds_; ++i) {
      send_byte(i);
      if (phase_ == Phase::kModify) make_room(i);
    }
    expect_byte(fds_);
    await("is not called to read");
    for (std::size_t i = 0; i < fds_; ++i) {
      std::uint8_t byte;
      if (::read(end(i), &byte, 1) != 1) fail(i, "has lost its byte");
      if (phase_ == Phase::kModify) fill(i);
    }
  }

  void await(const char* fault) {
    for (int idle = 0; awaited_ > 0 && idle < kPatience && !fault_;) {
      const std::size_t before = awaited_;
      loop_->pass();
      idle = awaited_ == before ? idle + 1 : 0;
    }
    for (std::size_t i = 0; awaited_ > 0 && i <= fds_; ++i) {
      if (expected_[i] == Expected::kNothing) continue;
      take(i, expected_[i]);
      fail(i, fault);
    }
  }

  void expect(std::size_t i, Expected what) {
    expected_[i] = what;
    ++awaited_;
  }
  bool take(std::size_t i, Expected what) {
    if (std::exchange(expected_[i], Expected::kNothing) != what) return false;
    --awaited_;
    return true;
  }
  void send_byte(std::size_t i) {
    if (::write(peer(i), &kByte, 1) != 1) fail(i, "cannot be written to");
  }
  void expect_byte(std::size_t i) {
    send_byte(i);
    expect(i, Expected::kReading);
  }

  void make_unwritable(std::size_t i) {
    const int least = 0;  // the kernel takes its own least
    check_call(::setsockopt(end(i), SOL_SOCKET, SO_SNDBUF, &least, sizeof least), "setsockopt");
    fill(i);
    pollfd writable{end(i), POLLOUT, 0};
    if (::poll(&writable, 1, 0) != 0) throw Refused("a stream's buffer is larger than was thought");
  }
  void make_room(std::size_t i) {
    std::uint8_t block[kBlock];
    if (::read(peer(i), block, kBlock) != kBlock) fail(i, "holds too little");
  }
  void fill(std::size_t i) {
    static constexpr std::uint8_t kBytes[kBlock] = {};
    if (::write(end(i), kBytes, kBlock) != kBlock) fail(i, "cannot be written");
  }

  void fail(std::size_t i, const char* what) {
    fault_.set("descriptor " + std::to_string(i) + " " + what);
  }
  int end(std::size_t i) const { return pairs_[i].reader.get(); }
  int peer(std::size_t i) const { return pairs_[i].writer.get(); }

  Arm arm_;
  std::size_t fds_;
  Phase phase_;
  std::vector<DescriptorPair> pairs_;
  std::optional<Loop<Registration>> loop_;  // ends before the descriptors it watches
  std::uint64_t slots_ = 0;
  std::vector<Expected> expected_;
  std::size_t awaited_ = 0;  // of these
  Fault fault_;
};

std::unique_ptr<Workload> make(const Arm& arm, const Parameters& parameters) {
  constexpr std::array<std::string_view, 4> kPhases = {"add", "modify", "remove", "first"};
  return make_watching<Registration>(arm, positive(parameters, "fds"),
                                     static_cast<Phase>(choice(parameters, "phase", kPhases)));
}

constexpr Parameter kParameters[] = {
    {"phase", "add",
     "add: for reading; modify: from reading to both; remove: from reading to nothing; first: add, "
     "by a loop that is new"},
    {"fds", "1000", "descriptors; each has another at its other end"},
};

constexpr Scenario kScenarios[] = {
    {"phase=add,fds=1000", true, true},      {"phase=modify,fds=1000", true, false},
    {"phase=remove,fds=1000", true, false},  {"phase=first,fds=1000", true, false},
    {"phase=add,fds=10", false, false},      {"phase=add,fds=100", false, false},
    {"phase=add,fds=9900", false, false},    {"phase=modify,fds=100", false, false},
    {"phase=modify,fds=9900", false, false}, {"phase=remove,fds=100", false, false},
    {"phase=remove,fds=9900", false, false},
};

constexpr std::string_view kBareArms[] = {kBareEpoll, kBarePoll};
constexpr std::string_view kClauses[] = {"FD-READ-01", "FD-WRITE-01", "FD-ADD-03",
                                         "FD-RM-01",   "FD-RM-02",    "CORE-ITER-01"};

}  // namespace

const WorkloadRow kRegistration = {
    .name = "registration",
    .question = "What does it cost to have a descriptor watched, watched otherwise, or no more?",
    .unit = "descriptor",
    .operation = "",
    .timed =
        "one phase of a cycle: the calls for all descriptors and the pass of the loop that "
        "follows, which finds nothing to serve; with phase=first the loop is new to them, and has "
        "had one pass",
    .not_shown =
        "accept and close, which come with it in a server; what is put off beyond the pass: libev "
        "tells epoll of no removal, and takes out what is gone when an event of it comes",
    .verdicts =
        "each phase, and the first time apart from all others, with so many descriptors that what "
        "they share does not count",
    .slot_events = 2000,
    .slot_ms = 6,
    .clauses = kClauses,
    .parameters = kParameters,
    .scenarios = kScenarios,
    .bare_arms = kBareArms,
    .library_arms = true,
    .make = make,
};

}  // namespace loopmark::bench
