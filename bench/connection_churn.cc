// SPDX-License-Identifier: MIT
//
// Connections that are made, used once and closed: what a loop does with a descriptor that it has
// never seen and will not see again. The accepting side is the loop under test; the connecting side
// is a bare loop in a second thread, the same for all.
#include <optional>

#include "bench/churn_client.h"
#include "bench/churn_server.h"
#include "bench/client_slot.h"
#include "bench/service_carrier.h"
#include "bench/workloads.h"

namespace loopmark::bench {
namespace {

class ConnectionChurn final : public Workload {
 public:
  ConnectionChurn(const Arm& arm, SocketKind kind, std::size_t slots, Ending ending)
      : arm_(arm), kind_(kind), slots_(slots), ending_(ending), thread_(arm.peer_cpu) {}

  void prepare() override {
    ArmLoop loop = arm_.make_loop();
    server_.emplace(kind_, slots_, arm_.planted_steps);
    client_.emplace(server_->listener(), slots_, ending_);
    carrier_ = make_service_carrier(arm_, std::move(loop), *server_);
  }

  std::uint64_t slot(std::uint64_t events, SlotRecord& record) override {
    const std::uint64_t failures = client_->failures();
    const std::uint64_t done =
        client_slot(*server_, *carrier_, *client_, thread_, events, "connection", record);
    record.values["failures"] = static_cast<double>(client_->failures() - failures);
    if (!server_->done()) ended_early_ = true;
    return done;
  }

  void verify() override {
    server_->verify();
    if (client_->failures() > 0) {
      throw WorkIsWrong(std::to_string(client_->failures()) + " connections were not served");
    }
    if (ended_early_) throw WorkIsWrong("the loop ended before all connections were closed");
    if (server_->served() != client_->successes()) {
      throw WorkIsWrong(std::to_string(server_->served()) + " connections were served for " +
                        std::to_string(client_->successes()) + " that were made");
    }
  }
  std::string evidence() const override { return carrier_->evidence(); }
  std::string left_to_chance() const override { return kLeftToChance; }

 private:
  Arm arm_;
  SocketKind kind_;
  std::size_t slots_;
  Ending ending_;
  std::optional<ChurnServer> server_;
  std::optional<ChurnClient> client_;
  std::unique_ptr<Carrier> carrier_;
  bool ended_early_ = false;
  SecondThread thread_;
};

constexpr std::string_view kSockets[] = {"tcp", "unix"};
constexpr std::string_view kEndings[] = {"rst", "fin"};
constexpr std::uint64_t kMostSlots = 256;  // every loop can watch them

std::unique_ptr<Workload> make(const Arm& arm, const Parameters& parameters) {
  const std::uint64_t slots = whole(parameters, "slots", 1, kMostSlots);
  const bool tcp = choice(parameters, "socket", kSockets) == 0;
  const bool orderly = choice(parameters, "close", kEndings) == 1;
  if (orderly && !tcp)
    throw std::invalid_argument("close=fin: a UNIX socket has none; use socket=tcp");
  return std::make_unique<ConnectionChurn>(arm, tcp ? SocketKind::kTcp : SocketKind::kUnix, slots,
                                           orderly ? Ending::kOrderly : Ending::kReset);
}

constexpr Parameter kParameters[] = {
    {"slots", "1", "connections that are open at a time, at most 256"},
    {"socket", "tcp", "tcp (loopback) or unix"},
    {"close", "rst", "how the client closes over TCP: rst, or fin, which leaves a TIME_WAIT"},
};

// How wide: harness/MEASURING.md, step 6.
constexpr std::string_view kTwoThreads = "two threads in turn: intervals stay wider than 1 %";

constexpr Scenario kScenarios[] = {
    {"slots=1,socket=tcp", true, true, 0.05, kTwoThreads},
    {"slots=16,socket=tcp", false, false},
    {"slots=100,socket=tcp", false, false},
    {"slots=1,socket=tcp,close=fin", false, false},
    {"slots=1,socket=unix", false, false},
    {"slots=16,socket=unix", false, false},
};

constexpr std::string_view kClauses[] = {"FD-READ-01", "FD-READ-05", "FD-ADD-02", "FD-RM-01",
                                         "FD-RM-09"};

constexpr std::string_view kBareArms[] = {kBareEpoll};

}  // namespace

const WorkloadRow kConnectionChurn = {
    .name = "connection_churn",
    .question = "What does a loop add to a connection that is used once?",
    .unit = "connection",
    .operation = "connect to first byte",
    .timed =
        "from the first connect to the last close: for each connection an accept, a read and a "
        "write of a byte, a read that finds the end, and a close, in the loop under test; connect, "
        "write, read and close in a loop over epoll written by hand, in a second thread on the "
        "other processor, which never sleeps. It closes with RST (SO_LINGER 0), so that no "
        "TIME_WAIT is left, unless FIN is asked for. Compared is the processor time of the loop's "
        "thread; the wall clock stands beside it. Values: connections a second, failures (one "
        "fails the arm), the client's share of its processor, and the share of its looks at which "
        "there was nothing to do",
    .not_shown =
        "with close=fin, how many TIME_WAITs the kernel bears: the system may use a port again "
        "after a second on loopback (tcp_tw_reuse); several threads or processes that accept; a "
        "backlog that overflows; with many slots the client is what is waited for",
    .verdicts = "one connection after the other, where the loop is waited for each time",
    .quantity = harness::Quantity::kProcessorTime,
    .clauses = kClauses,
    .parameters = kParameters,
    .scenarios = kScenarios,
    .bare_arms = kBareArms,
    .library_arms = true,
    .threads = {2},
    .make = make,
};

}  // namespace loopmark::bench
