// SPDX-License-Identifier: MIT
//
// Bulk data from one end of a link to the other, one block at a time: the next is written when the
// last one has been read, and where it does not fit, the writer waits for room. Both ends are in one
// loop. A writer that is called whenever there is room would get ahead by as much as the order
// allows in which a loop calls its descriptors, and that alone more than doubled the time over TCP.
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "bench/link.h"
#include "bench/page_buffer.h"
#include "bench/planted_work.h"
#include "bench/service_carrier.h"
#include "bench/stream_pattern.h"
#include "bench/workloads.h"

namespace loopmark::bench {
namespace {

/// A service of a carrier; the writer is its first descriptor.
class Pump {
 public:
  static constexpr std::size_t kReadSize = 65536;

  Pump(LinkKind kind, std::size_t block, std::uint64_t planted_steps)
      : link_(make_link(kind)),
        block_(block),
        planted_steps_(planted_steps),
        pattern_(std::max(block, kReadSize)),
        buffer_(kReadSize) {}

  /// It is done when so many blocks more have been read.
  void begin(std::uint64_t blocks) {
    if (!done()) fault_ = kEndedEarly;
    begin_ = read_;
    end_ = read_ + blocks * block_;
    writes_ = reads_ = 0;
  }
  bool done() const { return read_ >= end_ || fault_ != nullptr; }

  /// Of this slot.
  std::uint64_t blocks() const { return (read_ - begin_) / block_; }
  std::uint64_t writes() const { return writes_; }
  std::uint64_t reads() const { return reads_; }

  template <class Loop>
  void open(Loop& loop) {
    wait_for_room(true, loop);
    loop.want(1, link_.second.in(), Want::kRead);
  }

  template <class Loop>
  void writable(std::size_t, Loop& loop) {
    if (left_ == 0) {
      planted_work(planted_steps_);
      left_ = block_;
    }
    const ssize_t count = ::write(link_.first.out(), pattern_.at(written_), left_);
    if (count > 0) {
      ++writes_;
      written_ += static_cast<std::uint64_t>(count);
      left_ -= static_cast<std::size_t>(count);
    } else if (errno != EAGAIN && errno != EINTR) {
      fault_ = "the link cannot be written";
    }
    wait_for_room(left_ > 0, loop);
  }

  template <class Loop>
  void readable(std::size_t, Loop& loop) {
    const ssize_t count = ::read(link_.second.in(), buffer_.data(), kReadSize);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;  // readiness is a hint
    if (count <= 0 || !pattern_.matches(read_, buffer_.data(), static_cast<std::size_t>(count))) {
      fault_ = "a byte is lost or changed";
      return;
    }
    ++reads_;
    read_ += static_cast<std::uint64_t>(count);
    if (left_ > 0 || read_ < written_) return;
    if (done()) return wait_for_room(true, loop);  // the next slot begins with a block
    writable(0, loop);
  }

  /// The stream begins anew: a comparison takes more or fewer steps by where in it it begins.
  void rewind() {
    if (done() && read_ == written_) begin_ = end_ = read_ = written_ = 0;
  }

  /// Throws WorkIsWrong unless all that was written was read, once.
  void verify() {
    if (!done()) fault_ = kEndedEarly;
    pollfd more{link_.second.in(), POLLIN, 0};
    if (fault_ == nullptr && (read_ != written_ || ::poll(&more, 1, 0) != 0)) {
      fault_ = "bytes are lost, or came twice";
    }
    if (fault_ != nullptr) throw WorkIsWrong(fault_);
  }

 private:
  static constexpr const char* kEndedEarly = "the loop ended before all was read";

  template <class Loop>
  void wait_for_room(bool wait, Loop& loop) {
    if (wait == waits_) return;
    waits_ = wait;
    loop.want(0, link_.first.out(), wait ? Want::kWrite : Want::kNothing);
  }

  Link link_;
  std::size_t block_;
  std::uint64_t planted_steps_;
  StreamPattern pattern_;
  PageBuffer buffer_;
  std::size_t left_ = 0;  // of the block that is being written
  bool waits_ = false;    // for room to write
  std::uint64_t written_ = 0;
  std::uint64_t read_ = 0;
  std::uint64_t begin_ = 0;  // of the slot, in the stream
  std::uint64_t end_ = 0;
  std::uint64_t writes_ = 0;
  std::uint64_t reads_ = 0;
  const char* fault_ = nullptr;
};

class PumpWorkload final : public Workload {
 public:
  PumpWorkload(const Arm& arm, LinkKind kind, std::size_t block)
      : arm_(arm), kind_(kind), block_(block) {}

  void prepare() override {
    ArmLoop loop = arm_.make_loop();
    pump_.emplace(kind_, block_, arm_.planted_steps);
    carrier_ = make_service_carrier(arm_, std::move(loop), *pump_);
  }

  std::uint64_t slot(std::uint64_t events, SlotRecord& record) override {
    pump_->begin(events);
    carrier_->carry();
    record.stopwatch.stop();
    const auto blocks = static_cast<double>(std::max<std::uint64_t>(pump_->blocks(), 1));
    record.values["MiB a second"] = blocks * static_cast<double>(block_) / 1048576 /
                                    (static_cast<double>(record.stopwatch.used().wall) * 1e-9);
    record.values["reads a block"] = static_cast<double>(pump_->reads()) / blocks;
    record.values["writes a block"] = static_cast<double>(pump_->writes()) / blocks;
    return pump_->blocks();
  }

  void rewind() override { pump_->rewind(); }
  void verify() override { pump_->verify(); }
  std::string evidence() const override { return carrier_->evidence(); }
  std::string left_to_chance() const override {
    return kind_ == LinkKind::kTcp && block_ > Pump::kReadSize
               ? "how TCP cuts a block that is more than one read takes"
               : "";
  }

 private:
  Arm arm_;
  LinkKind kind_;
  std::size_t block_;
  std::optional<Pump> pump_;
  std::unique_ptr<Carrier> carrier_;
};

// In this order.
constexpr std::string_view kLinks[] = {"tcp", "unix", "pipe"};
constexpr LinkKind kKinds[] = {LinkKind::kTcp, LinkKind::kUnix, LinkKind::kPipe};
constexpr std::uint64_t kMostBlock = 1048576;

std::unique_ptr<Workload> make(const Arm& arm, const Parameters& parameters) {
  const std::uint64_t block = positive(parameters, "block");
  if (block < 1024 || block > kMostBlock) {
    throw std::invalid_argument("block=" + std::to_string(block) + ": use 1024 to " +
                                std::to_string(kMostBlock));
  }
  return std::make_unique<PumpWorkload>(arm, kKinds[choice(parameters, "link", kLinks)], block);
}

constexpr Parameter kParameters[] = {
    {"link", "tcp", "tcp (loopback), unix or pipe"},
    {"block", "65536", "bytes that are written at a time, 1024 to 1048576"},
};

constexpr Scenario kScenarios[] = {
    {"link=tcp,block=65536", true, true},    {"link=unix,block=65536", true, false},
    {"link=pipe,block=65536", false, false}, {"link=tcp,block=1024", false, false},
    {"link=tcp,block=4096", false, false},   {"link=tcp,block=16384", false, false},
    {"link=tcp,block=262144", false, false}, {"link=tcp,block=1048576", false, false},
};

constexpr std::string_view kClauses[] = {"FD-READ-01", "FD-READ-02", "FD-WRITE-01", "FD-WRITE-02"};

constexpr std::string_view kBareArms[] = {bare::Epoll::kName};

}  // namespace

const WorkloadRow kPump = {
    .name = "pump",
    .question = "What does a loop add to bulk data?",
    .unit = "block",
    .operation = "",
    .timed =
        "until so many blocks are read, and compared with what was sent: for each at least one "
        "write "
        "and one read, of up to 64 KiB, and a wait for each read. Both ends are in one loop. "
        "Values: MiB a second, reads and writes a block",
    .not_shown =
        "a network; a writer and a reader that work side by side; many connections, which the "
        "kernel "
        "would copy for just as long",
    .verdicts = "the link that servers have, and the quickest one",
    .clauses = kClauses,
    .parameters = kParameters,
    .scenarios = kScenarios,
    .bare_arms = kBareArms,
    .library_arms = true,
    .make = make,
};

}  // namespace loopmark::bench
