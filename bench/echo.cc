// SPDX-License-Identifier: MIT
//
// A server that sends back what it gets, over TCP loopback: what most servers do all day, without
// what they do it for. The loop under test is the server; the client is a bare loop in a second
// thread, the same for all.
#include <algorithm>
#include <optional>

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
    need_descriptors(2 * parameters_.connections);
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
    events = std::max(events, 2 * parameters_.connections * parameters_.in_flight);
    server_->begin();
    record.stopwatch.stop();
    thread_.begin([this, events, &record] {
      client_->run(events, record.operation);
      server_->bell().ring();
    });
    record.stopwatch.start();
    const std::int64_t cpu_before = thread_cpu_time();
    carrier_->carry();
    const std::int64_t cpu_used = thread_cpu_time() - cpu_before;
    record.stopwatch.stop();
    if (!server_->done() || server_->fault() != nullptr) client_->stop();
    thread_.wait();

    const auto wall = static_cast<double>(record.stopwatch.used().wall);
    const auto answered = static_cast<double>(client_->answered());
    record.values["requests a second"] = answered / wall * 1e9;
    record.values["requests a second, a connection"] =
        answered / wall * 1e9 / static_cast<double>(parameters_.connections);
    record.values["loop's CPU, ns a request"] = static_cast<double>(cpu_used) / answered;
    record.values["client's CPU share"] = static_cast<double>(thread_.cpu_used()) / wall;
    return client_->answered();
  }

  void verify() override {
    if (server_->fault() != nullptr) throw WorkIsWrong(server_->fault());
    client_->verify();
  }
  std::string evidence() const override { return carrier_->evidence(); }

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

std::uint64_t bounded(const Parameters& parameters, std::string_view name, std::uint64_t most) {
  const std::uint64_t value = positive(parameters, name);
  if (value <= most) return value;
  throw std::invalid_argument(std::string(name) + "=" + std::to_string(value) + ": at most " +
                              std::to_string(most));
}

std::unique_ptr<Workload> make(const Arm& arm, const Parameters& parameters) {
  return std::make_unique<EchoWorkload>(
      arm, EchoParameters{.connections = bounded(parameters, "connections", kMostConnections),
                          .bytes = bounded(parameters, "bytes", kMostBytes),
                          .in_flight = bounded(parameters, "in_flight", kMostInFlight)});
}

constexpr Parameter kParameters[] = {
    {"connections", "64", "at most 4096"},
    {"bytes", "64", "length of a request and of its reply, at most 65536"},
    {"in_flight", "1", "requests under way on each connection, at most 16"},
};

constexpr Scenario kScenarios[] = {
    {"connections=1,bytes=64", true, true, 0.05},
    {"connections=64,bytes=64", true, true},
    {"connections=512,bytes=64", true, false},
    {"connections=64,bytes=16384", true, false},
};

constexpr std::string_view kClauses[] = {"FD-READ-01", "FD-READ-02", "FD-WRITE-01", "FD-RM-01"};

constexpr std::string_view kBareArms[] = {bare::Epoll::kName};

}  // namespace

const WorkloadRow kEcho = {
    .name = "echo",
    .question = "What does a loop add to a request of a server with many connections?",
    .unit = "request",
    .operation = "round trip, at the client",
    .timed = "",
    .not_shown = "",
    .clauses = kClauses,
    .parameters = kParameters,
    .scenarios = kScenarios,
    .bare_arms = kBareArms,
    .library_arms = true,
    .make = make,
};

}  // namespace loopmark::bench
