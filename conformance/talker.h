// SPDX-License-Identifier: MIT
//
// Protocols and factories for cases.
#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conformance/case.h"
#include "conformance/promises.h"
#include "reactors/services/connector.h"
#include "reactors/services/factory.h"
#include "reactors/services/tcp.h"
#include "reactors/services/unix_sockets.h"

namespace loopmark::conformance {

/// A protocol that counts what it is told, notes it in the case's log as "server made", and does what its functions say.
class Talker : public Protocol {
 public:
  void connection_made() override {
    story.begin();
    note("made");
    ++made;
    if (on_made) on_made(*this);
  }
  void data_received(std::string_view data) override {
    story.go_on("data_received");
    promises::handed_on(data.size());
    received += data;
    largest = std::max(largest, data.size());
    if (on_data) on_data(*this, data);
  }
  void connection_lost(const Failure& reason) override {
    story.end();
    note("lost");
    losses.push_back(reason);
    if (on_lost) on_lost(*this, reason);
  }
  std::string log_prefix() const override { return name; }

  /// Throws std::logic_error before there is one.
  Transport& wire() {
    if (transport() == nullptr) throw std::logic_error(name + " has no transport");
    return *transport();
  }
  std::shared_ptr<Transport> shared_wire() { return transport(); }
  void note(const std::string& what) {
    if (context != nullptr) context->log(name + " " + what);
  }

  std::function<void(Talker&)> on_made;
  std::function<void(Talker&, std::string_view)> on_data;
  std::function<void(Talker&, const Failure&)> on_lost;

  CaseContext* context = nullptr;
  std::string name = "talker";
  int made = 0;
  std::size_t largest = 0;  // piece of data
  std::string received;
  std::vector<Failure> losses;
  promises::Story story;
};

/// One whose directions end one at a time.
class HalfCloseableTalker : public Talker, public HalfCloseableProtocol {
 public:
  void read_connection_lost() override {
    story.go_on("read_connection_lost");
    note("read lost");
    ++read_losses;
    if (on_read_lost) on_read_lost(*this);
  }
  void write_connection_lost() override {
    story.go_on("write_connection_lost");
    note("write lost");
    ++write_losses;
    if (on_write_lost) on_write_lost(*this);
  }

  std::function<void(Talker&)> on_read_lost;
  std::function<void(Talker&)> on_write_lost;
  int read_losses = 0;
  int write_losses = 0;
};

/// Builds talkers of a `Kind`, which `configure` prepares, or what on_build says; and counts what it is told.
template <class Kind = Talker>
class TalkerFactory : public ClientFactory {
 public:
  TalkerFactory(CaseContext& t, std::string its_name) : context(t), name(std::move(its_name)) {}

  std::shared_ptr<Protocol> build_protocol(const Address& peer) override {
    context.log(name + " build");
    peers.push_back(peer);
    if (on_build) return on_build(peer);
    auto talker = std::make_shared<Kind>();
    talker->context = &context;
    talker->name = name;
    if (configure) configure(*talker);
    built.push_back(talker);
    return talker;
  }
  void start_factory() override {
    context.log(name + " start");
    ++starts;
    if (on_start) on_start();
  }
  void stop_factory() override {
    context.log(name + " stop");
    ++stops;
    if (on_stop) on_stop();
  }
  void started_connecting(Connector& connector) override {
    context.log(name + " connecting");
    connectors.push_back(&connector);
    if (on_connecting) on_connecting(connector);
  }
  void client_connection_failed(Connector& connector, const Failure& reason) override {
    context.log(name + " failed");
    connectors.push_back(&connector);
    failures.push_back(reason);
    if (on_failed) on_failed(connector, reason);
  }
  void client_connection_lost(Connector& connector, const Failure& reason) override {
    context.log(name + " over");
    connectors.push_back(&connector);
    losses.push_back(reason);
    if (on_over) on_over(connector, reason);
  }
  std::string log_prefix() const override { return name; }

  /// The only one built so far; fails the case when there is another number of them.
  Kind& only() {
    EXPECT_EQ(built.size(), 1u) << name;
    return *built.at(0);
  }

  std::function<std::shared_ptr<Protocol>(const Address&)> on_build;
  std::function<void(Kind&)> configure;
  std::function<void()> on_start;
  std::function<void()> on_stop;
  std::function<void(Connector&)> on_connecting;
  std::function<void(Connector&, const Failure&)> on_failed;
  std::function<void(Connector&, const Failure&)> on_over;

  CaseContext& context;
  std::string name;
  std::vector<std::shared_ptr<Kind>> built;
  std::vector<Address> peers;
  std::vector<Connector*> connectors;  // as they were handed over
  std::vector<Failure> failures;
  std::vector<Failure> losses;
  int starts = 0;
  int stops = 0;
};

template <class Kind = Talker>
std::shared_ptr<TalkerFactory<Kind>> talkers(CaseContext& t, std::string name) {
  return std::make_shared<TalkerFactory<Kind>>(t, std::move(name));
}

/// A server that listens on loopback, and a client that connects to it. Nothing has happened yet but the listening.
template <class Kind = Talker>
struct Meeting {
  explicit Meeting(CaseContext& t)
      : context(t), server(talkers<Kind>(t, "server")), client(talkers<Kind>(t, "client")) {}

  /// Listens and connects over TCP; then runs until somebody stops the reactor.
  void run() {
    begin();
    context.reactor().run();
  }
  void begin() {
    auto& tcp = query<ReactorTCP>(context.reactor());
    port = tcp.listen_tcp(0, server, 50, "127.0.0.1");
    connector = tcp.connect_tcp("127.0.0.1", port_of(port->host()), client);
  }
  /// Stops the reactor when both sides have lost the connection.
  void stop_when_over() {
    const auto count = [this](Talker&, const Failure&) {
      if (++over == 2) context.reactor().stop();
    };
    const auto counted = [count](std::function<void(Kind&)> before) {
      return [count, before](Kind& talker) {
        if (before) before(talker);
        if (!talker.on_lost) talker.on_lost = count;
      };
    };
    server->configure = counted(server->configure);
    client->configure = counted(client->configure);
  }

  CaseContext& context;
  std::shared_ptr<TalkerFactory<Kind>> server;
  std::shared_ptr<TalkerFactory<Kind>> client;
  std::shared_ptr<ListeningPort> port;
  std::shared_ptr<Connector> connector;
  int over = 0;
};

}  // namespace loopmark::conformance
