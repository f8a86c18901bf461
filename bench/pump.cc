// SPDX-License-Identifier: MIT
//
// Bulk data from one end of a link to the other, or both ways, one block at a time: the next is
// written when the last one has been read, and where it does not fit, the writer waits for room. All
// ends are in one loop. A writer that is called whenever there is room would get ahead by as much as
// the order allows in which a loop calls its descriptors, and that alone more than doubled the time
// over TCP.
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <vector>

#include "bench/fault.h"
#include "bench/link.h"
#include "bench/page_buffer.h"
#include "bench/planted_work.h"
#include "bench/service_carrier.h"
#include "bench/stream_pattern.h"
#include "bench/workloads.h"
#include "reactors/base/check.h"
#include "reactors/base/unique_fd.h"

namespace loopmark::bench {
namespace {

struct PumpPlan {
  LinkKind kind;
  std::size_t block;
  std::size_t connections;
  bool both;  // ends write and read
};

/// A service of a carrier. Its streams are numbered: the writer of the i-th is descriptor 2i, its
/// reader 2i + 1.
class Pump {
 public:
  static constexpr std::size_t kReadSize = 65536;

  Pump(const PumpPlan& plan, std::uint64_t planted_steps)
      : block_(plan.block),
        planted_steps_(planted_steps),
        pattern_(std::max(plan.block, kReadSize)),
        buffer_(kReadSize) {
    for (std::size_t i = 0; i < plan.connections; ++i) {
      const Link& link = links_.emplace_back(make_link(plan.kind));
      streams_.push_back({link.first.out(), link.second.in()});
      if (!plan.both) continue;
      // An end that waits to read and for room has a descriptor for each: a service's waits for one.
      const int out = copies_.emplace_back(duplicate(link.second.out())).get();
      const int in = copies_.emplace_back(duplicate(link.first.in())).get();
      streams_.push_back({out, in});
    }
  }

  /// It is done when so many blocks more, or a few, have been read: of each stream as many.
  void begin(std::uint64_t blocks) {
    if (!done()) fault_.set(kEndedEarly);
    const std::uint64_t each = (blocks + streams_.size() - 1) / streams_.size();
    for (Stream& stream : streams_) {
      stream.begin = stream.read;
      stream.end = stream.read + each * block_;
    }
    unfinished_ = streams_.size();
    writes_ = reads_ = 0;
  }
  bool done() const { return unfinished_ == 0 || fault_; }

  /// Of this slot.
  std::uint64_t blocks() const {
    std::uint64_t bytes = 0;
    for (const Stream& stream : streams_) bytes += stream.read - stream.begin;
    return bytes / block_;
  }
  std::uint64_t writes() const { return writes_; }
  std::uint64_t reads() const { return reads_; }

  template <class Loop>
  void open(Loop& loop) {
    for (std::size_t i = 0; i < streams_.size(); ++i) {
      wait_for_room(i, true, loop);
      loop.want(2 * i + 1, streams_[i].in, Want::kRead);
    }
  }

  template <class Loop>
  void writable(std::size_t descriptor, Loop& loop) {
    Stream& stream = streams_[descriptor / 2];
    if (stream.left == 0) {
      planted_work(planted_steps_);
      stream.left = block_;
    }
    const ssize_t count = ::write(stream.out, pattern_.at(stream.written), stream.left);
    if (count > 0) {
      ++writes_;
      stream.written += static_cast<std::uint64_t>(count);
      stream.left -= static_cast<std::size_t>(count);
    } else if (errno != EAGAIN && errno != EINTR) {
      fault_.set("the link cannot be written");
    }
    wait_for_room(descriptor / 2, stream.left > 0, loop);
  }

  template <class Loop>
  void readable(std::size_t descriptor, Loop& loop) {
    Stream& stream = streams_[descriptor / 2];
    const ssize_t count = ::read(stream.in, buffer_.data(), kReadSize);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;  // readiness is a hint
    if (count <= 0 ||
        !pattern_.matches(stream.read, buffer_.data(), static_cast<std::size_t>(count))) {
      return fault_.set("a byte is lost or changed");
    }
    ++reads_;
    stream.read += static_cast<std::uint64_t>(count);
    if (stream.left > 0 || stream.read < stream.written) return;
    if (stream.read < stream.end) return writable(descriptor - 1, loop);
    if (--unfinished_ > 0) return;
    // The next slot begins with a block of each.
    for (std::size_t i = 0; i < streams_.size(); ++i) wait_for_room(i, true, loop);
  }

  /// The streams begin anew: a comparison takes more or fewer steps by where in it it begins.
  void rewind() {
    if (!done() || !all_is_read()) return;
    for (Stream& stream : streams_) stream.begin = stream.end = stream.read = stream.written = 0;
  }

  /// Throws WorkIsWrong unless all that was written was read, once.
  void verify() {
    if (!done()) fault_.set(kEndedEarly);
    if (!all_is_read() || more_has_come()) fault_.set("bytes are lost, or came twice");
    fault_.check();
  }

 private:
  static constexpr const char* kEndedEarly = "the loop ended before all was read";

  /// From one end of a link to the other.
  struct Stream {
    int out;
    int in;
    std::size_t left = 0;  // of the block that is being written
    bool waits = false;    // for room to write
    std::uint64_t written = 0;
    std::uint64_t read = 0;
    std::uint64_t begin = 0;  // of the slot, in the stream
    std::uint64_t end = 0;
  };

  static UniqueFd duplicate(int fd) {
    return UniqueFd(check_call(::fcntl(fd, F_DUPFD_CLOEXEC, 0), "F_DUPFD_CLOEXEC"));
  }

  template <class Loop>
  void wait_for_room(std::size_t i, bool wait, Loop& loop) {
    Stream& stream = streams_[i];
    if (wait == stream.waits) return;
    stream.waits = wait;
    loop.want(2 * i, stream.out, wait ? Want::kWrite : Want::kNothing);
  }

  bool all_is_read() const {
    return std::all_of(streams_.begin(), streams_.end(),
                       [](const Stream& stream) { return stream.read == stream.written; });
  }
  bool more_has_come() const {
    return std::any_of(streams_.begin(), streams_.end(), [](const Stream& stream) {
      pollfd more{stream.in, POLLIN, 0};
      return ::poll(&more, 1, 0) != 0;
    });
  }

  std::size_t block_;
  std::uint64_t planted_steps_;
  StreamPattern pattern_;
  PageBuffer buffer_;
  std::vector<Link> links_;
  std::vector<UniqueFd> copies_;
  std::vector<Stream> streams_;
  std::size_t unfinished_ = 0;  // of them
  std::uint64_t writes_ = 0;
  std::uint64_t reads_ = 0;
  Fault fault_;
};

class PumpWorkload final : public Workload {
 public:
  PumpWorkload(const Arm& arm, const PumpPlan& plan) : arm_(arm), plan_(plan) {}

  void prepare() override {
    ArmLoop loop = arm_.make_loop();
    pump_.emplace(plan_, arm_.planted_steps);
    carrier_ = make_service_carrier(arm_, std::move(loop), *pump_);
  }

  std::uint64_t slot(std::uint64_t events, SlotRecord& record) override {
    pump_->begin(events);
    carrier_->carry();
    record.stopwatch.stop();
    const auto blocks = static_cast<double>(std::max<std::uint64_t>(pump_->blocks(), 1));
    record.values["MiB a second"] = blocks * static_cast<double>(plan_.block) / 1048576 /
                                    (static_cast<double>(record.stopwatch.used().wall) * 1e-9);
    record.values["reads a block"] = static_cast<double>(pump_->reads()) / blocks;
    record.values["writes a block"] = static_cast<double>(pump_->writes()) / blocks;
    return pump_->blocks();
  }

  void rewind() override { pump_->rewind(); }
  void verify() override { pump_->verify(); }
  std::string evidence() const override { return carrier_->evidence(); }
  std::string left_to_chance() const override {
    return plan_.kind == LinkKind::kTcp && plan_.block > Pump::kReadSize
               ? "how TCP cuts a block that is more than one read takes"
               : "";
  }

 private:
  Arm arm_;
  PumpPlan plan_;
  std::optional<Pump> pump_;
  std::unique_ptr<Carrier> carrier_;
};

// In this order.
constexpr std::string_view kLinks[] = {"tcp", "unix", "pipe"};
constexpr LinkKind kKinds[] = {LinkKind::kTcp, LinkKind::kUnix, LinkKind::kPipe};
constexpr std::string_view kWays[] = {"0", "1"};
constexpr std::uint64_t kMostBlock = 1048576;
constexpr std::uint64_t kMostConnections = 100;  // every loop can watch them

std::unique_ptr<Workload> make(const Arm& arm, const Parameters& parameters) {
  const std::uint64_t block = whole(parameters, "block", 1024, kMostBlock);
  const std::uint64_t connections = whole(parameters, "connections", 1, kMostConnections);
  const LinkKind kind = kKinds[choice(parameters, "link", kLinks)];
  const bool both = choice(parameters, "both", kWays) == 1;
  if (both && kind == LinkKind::kPipe) throw std::invalid_argument("both=1: a pipe goes one way");
  return std::make_unique<PumpWorkload>(arm, PumpPlan{kind, block, connections, both});
}

constexpr Parameter kParameters[] = {
    {"link", "tcp", "tcp (loopback), unix or pipe"},
    {"block", "65536", "bytes that are written at a time, 1024 to 1048576"},
    {"connections", "1", "links at the same time, at most 100, each with a block under way"},
    {"both", "0", "1: each link carries blocks both ways; not a pipe"},
};

constexpr Scenario kScenarios[] = {
    {"link=tcp,block=65536", true, true},
    {"link=unix,block=65536", true, false},
    {"link=pipe,block=65536", false, false},
    {"link=tcp,block=1024", false, false},
    {"link=tcp,block=4096", false, false},
    {"link=tcp,block=16384", false, false},
    {"link=tcp,block=262144", false, false},
    {"link=tcp,block=1048576", false, false},
    {"link=tcp,block=16384,connections=100", false, false},
    {"link=unix,block=16384,connections=100", false, false},
    {"link=tcp,block=65536,both=1", false, false},
    {"link=unix,block=65536,both=1", false, false},
};

constexpr std::string_view kClauses[] = {"FD-READ-01", "FD-READ-02", "FD-WRITE-01", "FD-WRITE-02"};

constexpr std::string_view kBareArms[] = {kBareEpoll};

}  // namespace

const WorkloadRow kPump = {
    .name = "pump",
    .question = "What does a loop add to bulk data?",
    .unit = "block",
    .operation = "",
    .timed =
        "until so many blocks are read, and compared with what was sent: for each at least one "
        "write and one read, of up to 64 KiB, and a wait for each read, which connections that are "
        "ready together share. All ends are in one loop; where they go both ways, the two "
        "directions of an end have a descriptor each (dup). Values: MiB a second, reads and writes "
        "a block",
    .not_shown = "a network; a writer and a reader that work side by side",
    .verdicts = "the link that servers have, and the quickest one",
    .clauses = kClauses,
    .parameters = kParameters,
    .scenarios = kScenarios,
    .bare_arms = kBareArms,
    .library_arms = true,
    .make = make,
};

}  // namespace loopmark::bench
