// SPDX-License-Identifier: MIT
//
// Ends that are asked for twice, and reactors that go while something is open.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "reactors/registry.h"
#include "reactors/services/log.h"
#include "reactors/services/processes.h"
#include "reactors/services/signals.h"
#include "reactors/services/tcp.h"
#include "reactors/services/udp.h"

namespace loopmark {
namespace {

class Deaf : public DatagramProtocol {
  void datagram_received(std::string_view, const Address&) override {}
};

class Nobody : public Factory {
  std::shared_ptr<Protocol> build_protocol(const Address&) override { return nullptr; }
};

/// Throws when its port stops, and when it is asked for its name then.
class Grumbler : public Nobody {
 public:
  void stop_factory() override { throw std::runtime_error("stopped"); }
  std::string log_prefix() const override {
    if (in_a_run) throw std::runtime_error("no name");
    return "Grumbler";
  }

  bool in_a_run = false;
};

/// Throws when it hears of the exit, and when it is asked for its name.
class Nameless : public ProcessProtocol {
 public:
  explicit Nameless(Reactor& reactor) : reactor_(reactor) {}
  void process_exited(const Failure&) override { throw std::runtime_error("exited"); }
  void process_ended(const Failure&) override { reactor_.stop(); }
  std::string log_prefix() const override { throw std::runtime_error("no name"); }

 private:
  Reactor& reactor_;
};

std::unique_ptr<Reactor> epoll() {
  return Registry::built_in().at("epoll").row->make();
}

TEST(Leaving, AReactorLetsGoOfAChildThatRuns) {
  auto reactor = epoll();
  const auto protocol = std::make_shared<ProcessProtocol>();
  const auto child = query<ReactorProcess>(*reactor).spawn_process(protocol, "/bin/cat");
  const pid_t pid = child->pid().value();
  reactor.reset();
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);  // its stdin was closed, so it has ended
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_LE(protocol.use_count(), 2);
}

TEST(Leaving, ANameThatThrowsCostsOnlyItself) {
  const auto reactor = epoll();
  std::vector<std::string> errors;
  reactor->set_error_observer([&](const ErrorReport& report) {
    errors.push_back(report.context + ": " + report.failure.message());
  });
  query<ReactorProcess>(*reactor).spawn_process(std::make_shared<Nameless>(*reactor), "/bin/true");
  reactor->run();  // until it hears of the end
  EXPECT_EQ(errors, std::vector<std::string>{": exited"});
}

TEST(Leaving, WorkInFlightMayUseTheReactorUntilItHasEnded) {
  auto reactor = epoll();
  Reactor& used = *reactor;
  std::atomic<bool> began = false;
  std::atomic<int> done = 0;
  used.call_in_thread([&] {
    began = true;
    // The pool is dropped before it is joined; whoever asks then is given another, which is not started.
    while (used.thread_pool()->started()) std::this_thread::yield();
    used.call_in_thread([] {});
    used.call_from_thread([] {});
    ++done;
  });
  used.call_when_running([&] {
    while (!began) std::this_thread::yield();
    used.crash();  // without the shutdown, which would have joined the pool
  });
  used.run();
  EXPECT_EQ(done, 0);
  reactor.reset();
  EXPECT_EQ(done, 1);
}

TEST(Leaving, PortsStopOnceHoweverOftenTheyAreAsked) {
  const auto reactor = epoll();
  std::vector<std::string> lines;
  query<ReactorLog>(*reactor).set_observer([&](const std::string& line) { lines.push_back(line); });
  const auto stream =
      query<ReactorTCP>(*reactor).listen_tcp(0, std::make_shared<Nobody>(), 5, "127.0.0.1");
  const auto datagrams =
      query<ReactorUDP>(*reactor).listen_udp(0, std::make_shared<Deaf>(), "127.0.0.1");
  for (const auto& port : {stream, datagrams}) {
    port->stop_listening();
    port->stop_listening();
  }
  reactor->call_later(Duration::zero(), [&] { reactor->stop(); });
  reactor->run();
  EXPECT_EQ(lines.size(), 4u);  // each listens, and has stopped
  for (const auto& port : {stream, datagrams}) EXPECT_TRUE(port->stop_listening().called());
}

TEST(Leaving, PortsThatThrowAtTheStopKeepNoOtherFromStopping) {
  const auto reactor = epoll();
  std::vector<std::string> errors;
  reactor->set_error_observer(
      [&](const ErrorReport& report) { errors.push_back(report.failure.message()); });
  std::vector<std::shared_ptr<Grumbler>> factories;
  for (int i = 0; i < 2; ++i) {
    factories.push_back(std::make_shared<Grumbler>());
    query<ReactorTCP>(*reactor).listen_tcp(0, factories.back(), 5, "127.0.0.1");
  }
  reactor->remove_all();  // so that only the services know of them
  reactor->call_when_running([&] {
    for (const auto& factory : factories) factory->in_a_run = true;
    reactor->stop();
  });
  reactor->run();
  EXPECT_EQ(errors, (std::vector<std::string>{"no name", "stopped", "no name", "stopped"}));
}

TEST(Leaving, SignalsThatComeWhileItStopsChangeNothing) {
  const auto reactor = epoll();
  auto& signals = query<ReactorSignals>(*reactor);
  std::vector<std::string> errors;
  reactor->set_error_observer([&](const ErrorReport& report) { errors.push_back(report.context); });
  signals.on_child_signal([] { throw std::runtime_error("not now"); });
  reactor->call_when_running([&] {
    ::raise(SIGCHLD);
    reactor->call_later(Duration::zero(), [&] {
      reactor->stop();
      ::raise(SIGTERM);
    });
  });
  signals.run();
  EXPECT_EQ(errors, std::vector<std::string>{"SIGCHLD"});
}

TEST(Leaving, SignalsThatCanBeHeardOfNoMoreAreReported) {
  const auto reactor = epoll();
  std::vector<std::string> errors;
  reactor->set_error_observer([&](const ErrorReport& report) { errors.push_back(report.context); });
  reactor->call_when_running([&] {
    ::close(reactor->get_readers().at(0)->fileno());  // behind its back, before it is watched
    reactor->call_later(Duration::zero(),
                        [&] { reactor->call_later(Duration::zero(), [&] { reactor->stop(); }); });
  });
  query<ReactorSignals>(*reactor).run();
  EXPECT_EQ(errors, std::vector<std::string>{"signals"});
}

TEST(Leaving, TheHandlerOfSIGCHLDIsTheApplicationsAgain) {
  const auto own = [](int) {};
  for (const sighandler_t before : {SIG_DFL, SIG_IGN, sighandler_t{own}}) {
    ::signal(SIGCHLD, before);
    const auto reactor = epoll();
    sighandler_t meanwhile = nullptr;
    std::vector<std::string> watched;
    reactor->call_later(Duration::zero(), [&] {
      struct sigaction now {};
      ::sigaction(SIGCHLD, nullptr, &now);
      meanwhile = now.sa_handler;
      for (const auto& reader : reactor->get_readers()) watched.push_back(reader->log_prefix());
      reactor->stop();
    });
    query<ReactorSignals>(*reactor).run();
    EXPECT_EQ(meanwhile == before, before == sighandler_t{own});  // which stays in its place
    EXPECT_EQ(watched, std::vector<std::string>{"signals"});
    EXPECT_EQ(::signal(SIGCHLD, SIG_DFL), before);
  }
}

}  // namespace
}  // namespace loopmark
