// SPDX-License-Identifier: MIT
//
// Attempts to connect that are given up, tried again or ended from within what hears of them.
#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "reactors/registry.h"
#include "reactors/services/network_errors.h"
#include "reactors/services/resolver.h"
#include "reactors/services/tcp.h"

namespace loopmark {
namespace {

/// Declines each connection, notes what it is told, and does what its functions say.
class Client final : public ClientFactory {
 public:
  std::shared_ptr<Protocol> build_protocol(const Address&) override { return nullptr; }
  void start_factory() override { ++starts; }
  void stop_factory() override { ++stops; }
  void client_connection_failed(Connector& connector, const Failure& reason) override {
    failures.push_back(reason);
    if (on_failed) on_failed(connector);
  }
  void client_connection_lost(Connector& connector, const Failure&) override {
    ++losses;
    if (on_lost) on_lost(connector);
  }
  std::string log_prefix() const override { return "a client"; }

  std::function<void(Connector&)> on_failed;
  std::function<void(Connector&)> on_lost;
  std::vector<Failure> failures;
  int losses = 0;
  int starts = 0;
  int stops = 0;
};

class Attempts : public testing::Test {
 protected:
  std::shared_ptr<Connector> connect(const std::string& host = "127.0.0.1", std::uint16_t port = 1,
                                     const ConnectOptions& options = {}) {
    return query<ReactorTCP>(*reactor_).connect_tcp(host, port, client_, options);
  }
  std::shared_ptr<ListeningPort> listen() {
    return query<ReactorTCP>(*reactor_).listen_tcp(0, std::make_shared<Client>());
  }
  void soon(Callback function) { reactor_->call_later(Duration::zero(), std::move(function)); }
  static void try_once_more(Connector& connector) {
    connector.connect();
    connector.stop_connecting();
  }

  std::unique_ptr<Reactor> reactor_ = Registry::built_in().at("epoll").row->make();
  std::shared_ptr<Client> client_ = std::make_shared<Client>();
};

TEST_F(Attempts, ThatAreGivenUpDuringTheLookUpHearNothingOfIt) {
  reactor_->suggest_thread_pool_size(1);
  for (const bool is_found : {true, false}) {
    std::promise<void> given_up;
    query<ReactorNameResolver>(*reactor_).set_lookup([&](const std::string&) -> std::string {
      given_up.get_future().wait();
      if (!is_found) throw std::runtime_error("not found");
      return "127.0.0.1";
    });
    reactor_->call_when_running([&] {
      const auto connector = connect("host");
      soon([&, connector] {  // in the pass that has begun the look-up
        connector->stop_connecting();
        given_up.set_value();
        reactor_->call_in_thread([&] {  // behind the look-up, and so behind its answer
          reactor_->call_from_thread([&] { reactor_->stop(); });
        });
      });
    });
    client_->failures.clear();
    reactor_->run();
    ASSERT_EQ(client_->failures.size(), 1u);
    EXPECT_TRUE(client_->failures[0].is<UserError>());
  }
}

TEST_F(Attempts, MadeAndGivenUpInAFailureStopTheFactoryOnce) {
  client_->on_failed = [&](Connector& connector) {
    if (client_->failures.size() == 1) try_once_more(connector);
  };
  connect("127.0.0.1", 1, {.timeout = kNever})->stop_connecting();
  EXPECT_EQ(client_->failures.size(), 2u);
  EXPECT_EQ(client_->starts, 1);
  EXPECT_EQ(client_->stops, 1);
}

TEST_F(Attempts, MadeAndGivenUpInALossStopTheFactoryOnce) {
  const auto port = listen();
  client_->on_lost = [&](Connector& connector) {
    try_once_more(connector);
    reactor_->stop();
  };
  connect("127.0.0.1", port_of(port->host()));
  reactor_->run();
  EXPECT_EQ(client_->losses, 1);
  EXPECT_EQ(client_->failures.size(), 1u);
  EXPECT_EQ(client_->starts, 1);
  EXPECT_EQ(client_->stops, 1);
}

TEST_F(Attempts, WhoseFactoryThrowsAreReportedUnderItsName) {
  std::vector<std::string> errors;
  reactor_->set_error_observer([&](const ErrorReport& report) {
    errors.push_back(report.context + ": " + report.failure.message());
  });
  client_->on_failed = [](Connector&) { throw std::runtime_error("not I"); };
  connect()->stop_connecting();
  EXPECT_EQ(errors, std::vector<std::string>{"a client: not I"});
  EXPECT_EQ(client_->stops, 1);
}

TEST_F(Attempts, FromAPortThatIsTakenFail) {
  const auto port = listen();
  client_->on_failed = [&](Connector&) { reactor_->stop(); };
  connect("127.0.0.1", 1, {.bind_port = port_of(port->host())});
  reactor_->run();
  ASSERT_EQ(client_->failures.size(), 1u);
  EXPECT_TRUE(client_->failures[0].is<ConnectBindError>());
}

TEST_F(Attempts, FromAnAddressOfTheHostConnect) {
  const auto port = listen();
  client_->on_lost = [&](Connector&) { reactor_->stop(); };
  connect("127.0.0.1", port_of(port->host()), {.bind_host = "127.0.0.1"});
  reactor_->run();
  EXPECT_EQ(client_->losses, 1);
}

TEST_F(Attempts, ThatAreGivenUpByAnotherOnesEndFailOnce) {
  soon([&] {
    const auto one = connect();
    const auto other = connect();
    client_->on_failed = [one, other](Connector&) {
      for (const auto& connector : {one, other}) connector->disconnect();
    };
    reactor_->stop();
  });
  reactor_->run();
  EXPECT_EQ(client_->failures.size(), 2u);
  client_->on_failed = nullptr;
}

TEST_F(Attempts, MadeWhenTheReactorStopsBelongToTheNextRun) {
  client_->on_failed = [&](Connector& connector) {
    if (client_->failures.size() == 1) connector.connect();
  };
  std::promise<void> stopping;
  query<ReactorNameResolver>(*reactor_).set_lookup([&](const std::string&) {
    stopping.get_future().wait();
    return "127.0.0.1";
  });
  soon([&] {
    connect("host");
    reactor_->stop();
  });
  reactor_->run();
  EXPECT_EQ(client_->failures.size(), 1u);
  reactor_->add_system_event_trigger(Phase::kBefore, "shutdown", [&] { stopping.set_value(); });
  soon([&] { soon([&] { reactor_->stop(); }); });
  reactor_->run();
  ASSERT_EQ(client_->failures.size(), 2u);
  EXPECT_TRUE(client_->failures[1].is<ConnectionLost>()) << client_->failures[1].message();
}

}  // namespace
}  // namespace loopmark
