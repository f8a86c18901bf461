// SPDX-License-Identifier: MIT
//
// A server that sends back what it gets, over TCP loopback: what most servers do all day, without
// what they do it for. The loop under test is the server; the client is a bare loop in a second
// thread, the same for all.
#include <algorithm>
#include <optional>

#include "bench/client_slot.h"
#include "bench/descriptors.h"
#include "bench/echo_client.h"
#include "bench/echo_server.h"
#include "bench/listener.h"
#include "bench/second_thread.h"
#include "bench/service_carrier.h"
#include "bench/workloads.h"

namespace loopmark::bench {
namespace {

struct EchoParameters {
  std::uint64_t connections;
  std::uint64_t bytes;
  std::uint64_t in_flight;
};

class EchoWorkload final : public Workload {
 public:
  EchoWorkload(const Arm& arm, const EchoParameters& parameters)
      : arm_(arm), parameters_(parameters), thread_(arm.peer_cpu) {}

  void prepare() override {
    need_descriptors(parameters_.connections, 2);
    ArmLoop loop = arm_.make_loop();
    const Listener listener(SocketKind::kTcp, 1);
    std::vector<UniqueFd> here;
    std::vector<UniqueFd> there;
    for (std::uint64_t i = 0; i < parameters_.connections; ++i) {
      there.push_back(out_of_the_way(listener.connect()));
      set_no_delay(there.back().get());
      make_non_blocking(there.back().get());
      here.push_back(listener.accept());
    }
    server_.emplace(std::move(here), parameters_.bytes, arm_.planted_steps);
    client_.emplace(std::move(there), parameters_.bytes, parameters_.in_flight);
    carrier_ = make_service_carrier(arm_, std::move(loop), *server_);
  }

  std::uint64_t slot(std::uint64_t events, SlotRecord& record) override {
    // Each connection takes part, and the first requests, which all come at once, are the fewer.
    events = std::max(events, 4 * parameters_.connections * parameters_.in_flight);
    const std::uint64_t answered =
        client_slot(*server_, *carrier_, *client_, thread_, events, "request", record);
    record.values["requests a second, a connection"] =
        record.values["requests a second"] / static_cast<double>(parameters_.connections);
    return answered;
  }

  void verify() override {
    server_->verify();
    client_->verify();
  }
  std::string evidence() const override { return carrier_->evidence(); }
  std::string left_to_chance() const override { return kLeftToChance; }

 private:
  Arm arm_;
  EchoParameters parameters_;
  std::optional<EchoServer> server_;
  std::optional<EchoClient> client_;
  std::unique_ptr<Carrier> carrier_;
  SecondThread thread_;
};

constexpr std::uint64_t kMostConnections = 4096;
constexpr std::uint64_t kMostBytes = 65536;
constexpr std::uint64_t kMostInFlight = 16;

std::unique_ptr<Workload> make(const Arm& arm, const Parameters& parameters) {
  return std::make_unique<EchoWorkload>(
      arm, EchoParameters{.connections = whole(parameters, "connections", 1, kMostConnections),
                          .bytes = whole(parameters, "bytes", 1, kMostBytes),
                          .in_flight = whole(parameters, "in_flight", 1, kMostInFlight)});
}

constexpr Parameter kParameters[] = {
    {"connections", "64", "at most 4096"},
    {"bytes", "64", "length of a request and of its reply, at most 65536"},
    {"in_flight", "1", "requests under way on each connection, at most 16"},
};

// How wide: harness/MEASURING.md, step 6.
constexpr std::string_view kTwoThreads = "two threads in turn: intervals stay wider than 1 %";
constexpr std::string_view kAtOnce =
    "two threads that work at the same time: intervals stay wider than 1 %";

constexpr Scenario kScenarios[] = {
    {"connections=1,bytes=64", true, true, 0.05, kTwoThreads},
    {"connections=64,bytes=64", true, true, 0.05, kAtOnce},
    {"connections=512,bytes=64", false, false},
    {"connections=64,bytes=16384", true, false, 0.05, kAtOnce},
    {"connections=64,bytes=16", false, false},
    {"connections=64,bytes=1024", false, false},
    {"connections=64,bytes=65536", false, false},
    {"connections=1,bytes=16384", false, false},
    {"connections=512,bytes=1024", false, false},
    {"connections=64,bytes=64,in_flight=16", false, false},
};

constexpr std::string_view kClauses[] = {"FD-READ-01", "FD-READ-02", "FD-WRITE-01", "FD-RM-01"};

constexpr std::string_view kBareArms[] = {kBareEpoll};

}  // namespace

const WorkloadRow kEcho = {
    .name = "echo",
    .question = "What does a loop add to a request of a server with many connections?",
    .unit = "request",
    .operation = "round trip",
    .timed =
        "from the first request sent to the last reply read. The loop under test is the server, "
        "which reads up to 64 KiB a call and writes back what it got; the client is a loop over "
        "epoll written by hand, in a second thread on the other processor, which never sleeps, "
        "and reads up to 64 KiB a call, too. Compared is the processor time of the server's "
        "thread; the wall clock stands beside it, and with few connections shows mostly how the "
        "kernel wakes that thread. Values: requests a second, all together and of one "
        "connection; the client's share of its processor, and the share of its looks at which "
        "there was nothing to do",
    .not_shown =
        "a network; connections that come and go; clients that are slow to read; a moderate "
        "load, for the next request comes as soon as the last is answered: see open_loop for "
        "latencies",
    .verdicts =
        "one connection, where each request is waited for; 64, where waits are shared; and "
        "requests whose bytes cost more than their number. 512 are a point of the curve: a "
        "launch that connects them leaves no time for enough rounds",
    .quantity = harness::Quantity::kProcessorTime,
    .clauses = kClauses,
    .parameters = kParameters,
    .scenarios = kScenarios,
    .bare_arms = kBareArms,
    .library_arms = true,
    .counted_events = 512,
    .threads = {2},
    .make = make,
};

}  // namespace loopmark::bench
