// SPDX-License-Identifier: MIT
//
// Where there is no memory, or no thread to be had: who asked for it is told, and what goes on goes on. Each allocation of
// an operation fails once.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <future>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "reactors/base/check.h"
#include "reactors/base/unique_fd.h"
#include "reactors/registry.h"
#include "reactors/services/network_errors.h"
#include "reactors/services/tcp.h"
#include "reactors/tests/failing_call.h"

namespace loopmark {
namespace {

/// Declines each connection, on either side, and counts what it is told, for which it needs no memory.
class Counting final : public ClientFactory {
 public:
  std::shared_ptr<Protocol> build_protocol(const Address&) override {
    ++builds;
    return nullptr;
  }
  void start_factory() override { ++starts; }
  void stop_factory() override { ++stops; }
  void client_connection_failed(Connector& connector, const Failure&) override {
    ++ends;
    if (tries_again) connect_without_memory(connector);
  }
  void client_connection_lost(Connector&, const Failure&) override { ++ends; }

  bool tries_again = false;
  int builds = 0, starts = 0, stops = 0, ends = 0;

 private:
  static void connect_without_memory(Connector& connector) {
    const FailingCall failing("new", ENOMEM);
    EXPECT_THROW(connector.connect(), std::bad_alloc);
  }
};

/// A reactor, and what happens to it.
struct Subject {
  Subject() {
    reactor->set_error_observer([this](const ErrorReport&) { ++errors; });
  }
  void connect() { tcp.connect_tcp("127.0.0.1", port_of(port->host()), factory); }

  int errors = 0;
  std::unique_ptr<Reactor> reactor = Registry::built_in().at("epoll").row->make();
  ReactorTCP& tcp = query<ReactorTCP>(*reactor);
  std::shared_ptr<Counting> server = std::make_shared<Counting>();
  std::shared_ptr<Counting> factory = std::make_shared<Counting>();
  std::shared_ptr<ListeningPort> port = tcp.listen_tcp(0, server, 5, "127.0.0.1");
};

/// Calls `operation` with fresh subjects, each time with one allocation more before one fails, until none does.
template <class Operation>
void fail_each_allocation(Operation operation) {
  int before = 0;
  for (bool has_failed = true; has_failed; ++before) {
    Subject subject;
    has_failed = operation(subject, before);
  }
  EXPECT_GT(before, 1);
}

TEST(WithoutMemory, AnAttemptThatCannotBeginLeavesNoTrace) {
  fail_each_allocation([](Subject& subject, int before) {
    FailingCall failing("new", ENOMEM, before);
    try {
      subject.connect();
    } catch (const std::bad_alloc&) {
    }
    const bool has_failed = failing.has_failed();
    if (has_failed) {
      EXPECT_EQ(subject.factory->starts, subject.factory->stops) << before;
      EXPECT_TRUE(subject.reactor->get_delayed_calls().empty()) << before;
    }
    return has_failed;
  });
}

TEST(WithoutMemory, AnAttemptComesToOneEnd) {
  fail_each_allocation([](Subject& subject, int before) {
    subject.connect();
    FailingCall failing("new", ENOMEM, before);
    for (int i = 0; i < 100 && subject.factory->ends == 0; ++i)
      subject.reactor->iterate(Duration::zero());
    EXPECT_EQ(subject.factory->ends, 1) << before;
    return failing.has_failed();
  });
}

TEST(WithoutMemory, AnAttemptThatCannotBeMadeAgainStopsTheFactory) {
  Subject subject;
  subject.factory->tries_again = true;
  subject.tcp.connect_tcp("127.0.0.1", 1, subject.factory)->stop_connecting();
  EXPECT_EQ(subject.factory->starts, 1);
  EXPECT_EQ(subject.factory->stops, 1);
}

TEST(WithoutMemory, AClientIsServedOrReported) {
  fail_each_allocation([](Subject& subject, int before) {
    const SocketAddress where(subject.port->host());
    const UniqueFd client(check_call(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
    check_call(::connect(client.get(), where.data(), where.length()), "connect");
    FailingCall failing("new", ENOMEM, before);
    subject.reactor->iterate(Duration::zero());
    const bool has_failed = failing.has_failed();
    EXPECT_EQ(subject.server->builds + subject.errors, 1) << before;
    return has_failed;
  });
}

TEST(WithoutMemory, ARunComesToItsEndAndAnotherOneMayFollow) {
  fail_each_allocation([&](Subject& subject, int before) {
    std::optional<FailingCall> failing;
    subject.reactor->call_later(Duration::zero(), [&] {
      subject.reactor->stop();
      failing.emplace("new", ENOMEM, before);
    });
    EXPECT_NO_THROW(subject.reactor->run()) << before;
    const bool has_failed = failing->has_failed();
    EXPECT_FALSE(subject.reactor->running()) << before;
    subject.reactor->call_later(Duration::zero(), [&] { subject.reactor->stop(); });
    EXPECT_NO_THROW(subject.reactor->run()) << before;
    return has_failed;
  });
}

TEST(WithoutMemory, ADeferredThatCannotBeWaitedForHoldsNothingBack) {
  fail_each_allocation([&](Subject& subject, int before) {
    std::optional<FailingCall> failing;
    const Deferred never;
    subject.reactor->add_system_event_trigger(Phase::kBefore, "shutdown", [&] {
      failing.emplace("new", ENOMEM, before);
      return never;
    });
    bool has_waited = false;
    subject.reactor->call_later(Duration::zero(), [&] {
      subject.reactor->stop();
      subject.reactor->call_later(std::chrono::milliseconds(1), [&] {
        has_waited = true;
        subject.reactor->crash();
      });
    });
    EXPECT_NO_THROW(subject.reactor->run()) << before;
    const bool has_failed = failing->has_failed();
    failing.reset();
    EXPECT_NE(has_waited, has_failed) << before;
    return has_failed;
  });
}

TEST(WithoutThreads, WorkIsDoneWhenThereIsOne) {
  Subject subject;
  Reactor& reactor = *subject.reactor;
  std::atomic<int> done = 0;
  reactor.set_error_observer([&](const ErrorReport&) {
    ++subject.errors;
    EXPECT_TRUE(reactor.thread_pool()->started());  // it may be asked here
  });
  reactor.call_in_thread([&] { ++done; });
  FailingCall failing("pthread_create", EAGAIN);
  reactor.call_when_running([&] {
    EXPECT_TRUE(failing.has_failed());
    EXPECT_EQ(subject.errors, 1);
    reactor.call_in_thread([&] {
      ++done;
      reactor.call_from_thread([&] { reactor.stop(); });
    });
  });
  reactor.run();
  EXPECT_EQ(done, 2);
}

TEST(WithoutThreads, WorkIsDoneByThoseThereAre) {
  Subject subject;
  Reactor& reactor = *subject.reactor;
  std::promise<void> given;
  reactor.call_when_running([&] {
    reactor.call_in_thread([&] { given.get_future().wait(); });
    const FailingCall failing("pthread_create", EAGAIN);
    EXPECT_NO_THROW(
        reactor.call_in_thread([&] { reactor.call_from_thread([&] { reactor.stop(); }); }));
    given.set_value();
  });
  reactor.run();
}

TEST(WithoutThreads, TheOneThatIsMissingIsNotCountedOnLater) {
  Subject subject;
  Reactor& reactor = *subject.reactor;
  std::promise<void> given;
  std::promise<void> released;
  const auto release = [&] {
    released.set_value();
    reactor.call_from_thread([&] { reactor.stop(); });
  };
  const auto wait = [&] {
    reactor.call_from_thread([&] { reactor.call_in_thread(release); });  // by a second thread
    released.get_future().wait();
  };
  reactor.call_when_running([&] {
    reactor.call_in_thread([&] { given.get_future().wait(); });
    {
      const FailingCall failing("pthread_create", EAGAIN);
      reactor.call_in_thread(
          [&] { reactor.call_from_thread([&] { reactor.call_in_thread(wait); }); });
    }
    given.set_value();
  });
  reactor.run();
}

TEST(WithoutThreads, AnAttemptAtANameFails) {
  Subject subject;
  subject.tcp.connect_tcp("a host", 1, subject.factory);
  subject.reactor->call_when_running(
      [&] { subject.reactor->call_later(Duration::zero(), [&] { subject.reactor->stop(); }); });
  const FailingCall failing("pthread_create", EAGAIN);
  subject.reactor->run();
  EXPECT_EQ(subject.factory->ends, 1);
  EXPECT_EQ(subject.factory->stops, 1);
}

}  // namespace
}  // namespace loopmark
