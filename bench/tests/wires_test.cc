// SPDX-License-Identifier: MIT
//
// The workloads on wires, beyond what workloads_test.cc asks of all: every kind of wire, every
// backend and library, and the other ends, which must notice what is wrong.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <thread>

#include "bench/arms.h"
#include "bench/churn_client.h"
#include "bench/crowd.h"
#include "bench/echo_client.h"
#include "bench/echo_server.h"
#include "bench/link.h"
#include "bench/service_carrier.h"
#include "bench/tests/dropping_reactor.h"
#include "reactors/registry.h"

namespace loopmark::bench {
namespace {

const Arm kBare{.name = "bare/epoll"};

Arm dropping(unsigned every) {
  return {.name = "dropping", .make_reactor = [every] {
            return std::make_unique<DroppingReactor>(make_reactor("epoll"), every);
          }};
}

std::unique_ptr<Workload> prepared(const Arm& arm, std::string_view workload,
                                   std::string_view parameters) {
  const WorkloadRow& row = find_workload(workload);
  std::unique_ptr<Workload> work = row.make(arm, parse_parameters(row, parameters));
  work->prepare();
  return work;
}

/// One slot, and whether it was done right.
std::uint64_t do_slot(Workload& work, std::uint64_t events, SlotRecord record = {}) {
  const std::uint64_t done = work.slot(events, record);
  work.verify();
  return done;
}

struct Wire {
  std::string_view workload;
  std::string_view parameters;
  std::uint64_t events;

  friend std::ostream& operator<<(std::ostream& out, const Wire& wire) {
    return out << wire.workload << " " << wire.parameters;
  }
};

const Wire kWires[] = {
    {"ping_pong", "pair=socketpair", 200},
    {"ping_pong", "pair=pipe,bytes=65536", 40},
    {"ping_pong", "pair=eventfd,bytes=8", 200},
    {"ping_pong", "pair=unix,bytes=65536", 40},
    {"ping_pong", "pair=tcp,bytes=65536", 40},
    {"ping_pong", "loops=2,pair=pipe,bytes=100", 200},
    {"ping_pong", "loops=2,pair=eventfd,bytes=8", 200},
    {"ping_pong", "loops=2,pair=unix", 200},
    {"ping_pong", "loops=2,pair=tcp,bytes=65536", 40},
    {"echo", "connections=3,bytes=65536,in_flight=16", 200},
    {"echo", "connections=2,bytes=1,in_flight=7", 200},
    {"echo", "connections=5,bytes=251", 200},
    {"pump", "link=tcp,block=1000000", 20},
    {"pump", "link=unix,block=1025", 200},
    {"pump", "link=pipe,block=65536", 200},
    {"pump", "link=tcp,block=300000,connections=10,both=1", 100},
    {"pump", "link=unix,block=4096,both=1", 200},
    {"pump", "link=pipe,block=1024,connections=100", 200},
    {"connection_churn", "slots=1,socket=unix", 100},
    {"connection_churn", "slots=16,socket=tcp", 100},
    {"connection_churn", "slots=3,close=fin", 100},
    {"idle_cost", "fds=30,idle_ms=1", 4},
    {"fairness", "lights=1", 200},
    {"fairness", "lights=30", 200},
    {"fairness", "lights=5,greedy=calls", 200},
};

class EveryWire : public testing::TestWithParam<Wire> {
 protected:
  void expect_done_right(const Arm& arm) {
    const auto& [workload, parameters, events] = GetParam();
    SCOPED_TRACE(arm.name);
    try {
      const auto work = prepared(arm, workload, parameters);
      for (int slot = 0; slot < 3; ++slot) EXPECT_GE(do_slot(*work, events), events);
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Wires, EveryWire, testing::ValuesIn(kWires), [](const auto& test) {
  std::string name = std::string(test.param.workload) + "_";
  for (const char c : test.param.parameters) name += std::isalnum(c) ? c : '_';
  return name;
});

TEST_P(EveryWire, IsDoneRightByEachLoop) {
  const WorkloadRow& row = find_workload(GetParam().workload);
  const bool needs_timers = GetParam().parameters.find("greedy=calls") != std::string_view::npos;
  for (const std::string_view bare : row.bare_arms) {
    if (needs_timers && bare != "bare/epoll") continue;  // the only bare loop that has them
    expect_done_right({.name = std::string(bare)});
  }
  const Registry registry = Registry::standard();
  for (const Registry::Entry& entry : registry.entries()) {
    expect_done_right(find_arm(row, registry, entry.row->name));
    if (entry.row->make_library_loop == nullptr) continue;
    const std::string library = std::string(kLibraryArm) + std::string(entry.row->name);
    expect_done_right(find_arm(row, registry, library));
  }
}

TEST_P(EveryWire, FailsWhenAnEventIsDropped) {
  const auto& [workload, parameters, events] = GetParam();
  const auto work = prepared(dropping(16), workload, parameters);
  EXPECT_THROW(do_slot(*work, events), WorkIsWrong);
  EXPECT_THROW(do_slot(*work, 1), WorkIsWrong) << "it must fail for good";
}

TEST(Wires, RefuseWhatTheyCannotDo) {
  for (const auto& [workload, parameters] :
       std::initializer_list<std::pair<const char*, const char*>>{
           {"ping_pong", "pair=eventfd"},
           {"ping_pong", "pair=fifo"},
           {"echo", "connections=0"},
           {"echo", "connections=4097"},
           {"echo", "bytes=65537"},
           {"echo", "in_flight=17"},
           {"pump", "block=1023"},
           {"pump", "block=1048577"},
           {"pump", "link=eventfd"},
           {"pump", "connections=101"},
           {"pump", "link=pipe,both=1"},
           {"connection_churn", "slots=257"},
           {"connection_churn", "socket=udp"},
           {"connection_churn", "socket=unix,close=fin"},
           {"idle_cost", "idle_ms=10001"},
           {"fairness", "lights=451"},
           {"fairness", "greedy=signals"}}) {
    EXPECT_THROW(prepared(kBare, workload, parameters), std::invalid_argument) << parameters;
  }
  EXPECT_THROW(prepared(kBare, "idle_cost", "fds=100000000"), Refused);
}

TEST(Wires, RecordTheLatencyOfEachOperation) {
  for (const auto& [workload, parameters] :
       std::initializer_list<std::pair<const char*, const char*>>{
           {"echo", "connections=4,in_flight=3"}, {"connection_churn", "slots=4"}}) {
    const auto work = prepared(kBare, workload, parameters);
    harness::Histogram latency;
    const std::uint64_t done = do_slot(*work, 100, {.operation = &latency});
    EXPECT_EQ(latency.count(), done) << workload;
    EXPECT_GT(latency.least(), 0u);
    do_slot(*work, 100);
    EXPECT_EQ(latency.count(), done) << "recorded though not asked to";
  }
}

TEST(Links, CarryBothWays) {
  for (int kind = 0; kind < static_cast<int>(std::size(kLinkKinds)); ++kind) {
    const Link link = make_link(static_cast<LinkKind>(kind));
    for (const auto& [from, to] :
         {std::pair(&link.first, &link.second), {&link.second, &link.first}}) {
      std::uint64_t sent = 7;
      std::uint64_t got = 0;
      EXPECT_EQ(::read(to->in(), &got, sizeof got), -1) << kLinkKinds[kind];
      EXPECT_EQ(errno, EAGAIN);
      EXPECT_EQ(::write(from->out(), &sent, sizeof sent), ssize_t{sizeof sent});
      EXPECT_EQ(::read(to->in(), &got, sizeof got), ssize_t{sizeof got});
      EXPECT_EQ(got, sent) << kLinkKinds[kind];
    }
  }
}

TEST(Listener, TcpSendsAtOnceAndEndsAsItIsAsked) {
  const Listener listener(SocketKind::kTcp, 1);
  for (const Ending ending : {Ending::kReset, Ending::kOrderly}) {
    UniqueFd client = listener.connect(ending);
    const UniqueFd server = listener.accept();
    int no_delay = 0;
    socklen_t length = sizeof no_delay;
    ASSERT_EQ(::getsockopt(server.get(), IPPROTO_TCP, TCP_NODELAY, &no_delay, &length), 0);
    EXPECT_NE(no_delay, 0);
    client.reset();
    pollfd waits{server.get(), POLLIN, 0};
    ASSERT_EQ(::poll(&waits, 1, 5000), 1);
    char byte;
    errno = 0;
    EXPECT_EQ(::read(server.get(), &byte, 1), ending == Ending::kReset ? -1 : 0);
    EXPECT_EQ(errno, ending == Ending::kReset ? ECONNRESET : 0);
  }
}

/// Two connected ends of a stream that holds little.
std::pair<UniqueFd, UniqueFd> narrow_pair() {
  int fds[2];
  check_call(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
             "socketpair");
  const int bytes = 4096;
  for (const int fd : fds)
    check_call(::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes), "");
  return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

TEST(EchoServer, SendsTheRestWhenThereIsRoomAgain) {
  for (const char* backend : {"", "epoll", "select"}) {
    auto [here, there] = narrow_pair();
    std::vector<UniqueFd> connections;
    connections.push_back(std::move(here));
    EchoServer server(std::move(connections), 1, 0);
    ArmLoop loop;
    if (*backend) loop.reactor = make_reactor(backend);
    const auto carrier = make_service_carrier(kBare, std::move(loop), server);
    const auto serve = [&] {
      server.begin();
      server.bell().ring();
      carrier->carry();
    };
    const StreamPattern pattern(1024);
    std::uint64_t sent = 0;
    for (int stuck = 0; stuck < 5; ++stuck) {  // who reads nothing is not served for ever
      for (ssize_t count; (count = ::write(there.get(), pattern.at(sent), 1024)) > 0; stuck = 0) {
        sent += static_cast<std::uint64_t>(count);
        ASSERT_LT(sent, 1'000'000u);
      }
      serve();
    }
    std::uint64_t got = 0;
    std::uint8_t bytes[1024];
    for (int stuck = 0; stuck < 5; ++stuck) {
      for (ssize_t count; (count = ::read(there.get(), bytes, sizeof bytes)) > 0; stuck = 0) {
        EXPECT_TRUE(pattern.matches(got, bytes, static_cast<std::size_t>(count)));
        got += static_cast<std::uint64_t>(count);
      }
      serve();
    }
    EXPECT_EQ(got, sent) << backend;
    EXPECT_NO_THROW(server.verify()) << backend;
  }
}

TEST(EchoClient, NoticesEachByteThatIsWrong) {
  // A request of 100 bytes is answered with `count` bytes, of which one is changed.
  const auto answer_with = [](std::size_t count, std::size_t changed) {
    auto [here, there] = narrow_pair();
    std::vector<UniqueFd> connections;
    connections.push_back(std::move(there));
    EchoClient client(std::move(connections), 100, 1);
    client.begin(1, nullptr);
    std::thread server([&client, count, changed, fd = here.get()] {
      std::vector<std::uint8_t> bytes(101);
      pollfd some{fd, POLLIN, 0};
      EXPECT_EQ(::poll(&some, 1, 5000), 1);
      EXPECT_EQ(::read(fd, bytes.data(), bytes.size()), 100);
      bytes[changed] ^= 1;
      EXPECT_EQ(::write(fd, bytes.data(), count), static_cast<ssize_t>(count));
      if (count < 100) client.stop();  // or it would wait for ever
    });
    client.run();
    server.join();
    client.verify();
  };
  EXPECT_NO_THROW(answer_with(100, 100));
  EXPECT_THROW(answer_with(100, 0), WorkIsWrong);
  EXPECT_THROW(answer_with(100, 99), WorkIsWrong);
  EXPECT_THROW(answer_with(99, 99), WorkIsWrong) << "one is missing";
  EXPECT_THROW(answer_with(101, 100), WorkIsWrong) << "one came twice";
}

TEST(ChurnClient, CountsWhatGetsNoReply) {
  const Listener listener(SocketKind::kTcp, 4);
  ChurnClient client(listener, 2, Ending::kReset);
  client.begin(10, nullptr);
  std::thread server([&listener] {
    for (int i = 0; i < 10; ++i) {
      const UniqueFd fd = listener.accept();
      pollfd some{fd.get(), POLLIN, 0};
      char byte;
      if (i % 2 == 0 && ::poll(&some, 1, 5000) == 1 && ::read(fd.get(), &byte, 1) == 1) {
        EXPECT_EQ(::write(fd.get(), &byte, 1), 1);
        ::poll(&some, 1, 5000);  // until the client has closed it
      }
    }
  });
  client.run();
  server.join();
  EXPECT_EQ(client.completed(), 5u);
  EXPECT_EQ(client.failures(), 5u);
}

TEST(Crowd, TellsHowEqualsWereServed) {
  Crowd crowd(3);
  crowd.begin_pump(6);
  for (const std::size_t end : {2U, 2U, 2U, 2U, 4U, 6U}) crowd.readable(end);
  EXPECT_TRUE(crowd.done());
  EXPECT_EQ(crowd.chunks(), (std::vector<std::uint64_t>{4, 1, 1}));
  crowd.settle();
  EXPECT_NO_THROW(crowd.verify());
}

TEST(Crowd, KeepsTheGreedyConnectionReadable) {
  Crowd crowd(1);
  harness::Histogram waited;
  crowd.begin_exchange(2, waited, Crowd::Greedy::kReadable);
  for (const std::size_t i : {0U, 0U, 0U, 2U, 0U, 1U}) crowd.readable(i);
  EXPECT_TRUE(crowd.done());
  EXPECT_EQ(waited.count(), 2u);
  crowd.settle();
  EXPECT_NO_THROW(crowd.verify());
}

TEST(Crowd, LeavesTheGreedyConnectionSilentWhenItIsTo) {
  Crowd crowd(1);
  harness::Histogram waited;
  crowd.begin_exchange(1, waited, Crowd::Greedy::kSilent);
  pollfd greedy{crowd.descriptor(0), POLLIN, 0};
  EXPECT_EQ(::poll(&greedy, 1, 0), 0);
  crowd.readable(2);
  EXPECT_TRUE(crowd.done());
  crowd.settle();
  EXPECT_NO_THROW(crowd.verify());
}

TEST(Fairness, CountsTheCallsThatALoopMakesForEachLightByte) {
  SlotRecord record;
  const auto work = prepared(kBare, "fairness", "lights=4,greedy=calls");
  EXPECT_GE(work->slot(100, record), 100u);
  // Each has its turn in each pass, and each call is made once more at the end.
  EXPECT_NEAR(record.values.at("calls a light byte"), 1, 0.1);
  EXPECT_EQ(record.histograms.at("light byte").count(), 100u);
  EXPECT_THROW(prepared({.name = "bare/poll"}, "fairness", "greedy=calls"), Refused);
}

TEST(IdleCost, FailsOnAReactorThatDropsOneEventInAThousand) {
  const auto work = prepared(dropping(1000), "idle_cost", "fds=300,idle_ms=1");
  EXPECT_THROW(do_slot(*work, 3), WorkIsWrong);
}

TEST(IdleCost, CountsTheMemoryOfEachDescriptor) {
  SlotRecord record;
  prepared({.name = "bare/poll"}, "idle_cost", "fds=800,idle_ms=1")->slot(1, record);
  if (record.values.at("bytes a descriptor") == 0) GTEST_SKIP() << "malloc does not count here";
  // A pollfd has eight bytes, and the vector of them has room for up to twice as many.
  EXPECT_GE(record.values.at("bytes a descriptor"), 7);
  EXPECT_LE(record.values.at("bytes a descriptor"), 24);
}

}  // namespace
}  // namespace loopmark::bench
