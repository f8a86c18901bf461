// SPDX-License-Identifier: MIT
//
// Section 11, TCP connecting: connections, and what connectors and factories are told of them.
#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "conformance/cases/tcpc_ports.h"
#include "reactors/errors.h"
#include "reactors/services/network_errors.h"
#include "reactors/services/resolver.h"

namespace loopmark::conformance {
namespace {

using State = Connector::State;
using Log = std::vector<std::string>;

CASE("TCPC-02", SuccessBuildsTheProtocol,
     "success brings build_protocol() with the server's address and then connection_made(), once",
     "tcpc_builds_twice") {
  Meeting meeting(t);
  meeting.client->configure = [&](Talker& talker) {
    talker.on_made = [&](Talker&) { t.reactor().call_later(0s, [&] { t.reactor().stop(); }); };
  };
  meeting.run();
  EXPECT_EQ(meeting.client->peers, std::vector<Address>{meeting.port->host()});
  EXPECT_EQ(meeting.client->only().made, 1);
  EXPECT_EQ(std::count(t.events().begin(), t.events().end(), "client build"), 1);
}

CASE("TCPC-08", StopConnectingNeedsAnAttempt,
     "stop_connecting() throws NotConnectingError when connected and when disconnected",
     "tcpc_stops_whatever_there_is") {
  Meeting meeting(t);
  meeting.client->configure = [&](Talker& talker) {
    talker.on_made = [&](Talker& self) {
      EXPECT_THROW(meeting.connector->stop_connecting(), NotConnectingError);
      self.wire().lose_connection();
    };
  };
  meeting.client->on_over = [&](Connector& connector, const Failure&) {
    EXPECT_THROW(connector.stop_connecting(), NotConnectingError);
    t.reactor().stop();
  };
  meeting.run();
  EXPECT_EQ(meeting.client->losses.size(), 1u);
}

CASE("TCPC-09", ConnectNeedsADisconnectedConnector,
     "connect() throws while connecting and while connected", "tcpc_connects_twice") {
  Meeting meeting(t);
  meeting.client->configure = [&](Talker& talker) {
    talker.on_made = [&](Talker&) {
      EXPECT_THROW(meeting.connector->connect(), AlreadyConnectedError);
      t.reactor().stop();
    };
  };
  meeting.begin();
  EXPECT_THROW(meeting.connector->connect(), AlreadyConnectedError);
  t.reactor().run();
  EXPECT_EQ(meeting.client->only().made, 1);
}

CASE("TCPC-09", ConnectDoesNotBeginInItself,
     "connect() throws inside the start_factory() that it calls, and makes one attempt",
     "tcpc_connects_in_start_factory") {
  Meeting meeting(t);
  meeting.begin();
  meeting.client->configure = [](Talker& talker) {
    talker.on_made = [](Talker& self) { self.wire().lose_connection(); };
  };
  meeting.client->on_start = [&] {
    EXPECT_THROW(meeting.connector->connect(), AlreadyConnectedError);
  };
  meeting.client->on_over = [&](Connector& connector, const Failure&) {
    if (meeting.client->built.size() == 2) return t.reactor().stop();
    t.reactor().call_later(0s, [&] { connector.connect(); });
  };
  t.reactor().run();
  EXPECT_EQ(meeting.client->starts, 2);
  EXPECT_EQ(meeting.client->built.size(), 2u);
}

CASE("TCPC-10", LostConnectorConnectsAgainWithoutAStop,
     "connect() inside client_connection_lost() begins anew, and the factory is not stopped in "
     "between",
     "tcpc_factory_stopped_between") {
  Meeting meeting(t);
  meeting.client->configure = [](Talker& talker) {
    talker.on_made = [](Talker& self) { self.wire().lose_connection(); };
  };
  meeting.client->on_over = [&](Connector& connector, const Failure&) {
    if (meeting.client->losses.size() < 3) return connector.connect();
    t.reactor().stop();
  };
  meeting.run();
  EXPECT_EQ(meeting.client->built.size(), 3u);
  EXPECT_EQ(meeting.client->starts, 1);
  EXPECT_EQ(meeting.client->stops, 1);
}

CASE("TCPC-11", AllCallbacksGetTheConnector,
     "every callback of the factory gets the connector that was returned, whose destination is "
     "the address asked for",
     "tcpc_destination_forgotten") {
  Meeting meeting(t);
  meeting.client->configure = [](Talker& talker) {
    talker.on_made = [](Talker& self) { self.wire().lose_connection(); };
  };
  meeting.client->on_over = [&](Connector&, const Failure&) { t.reactor().stop(); };
  meeting.run();
  EXPECT_EQ(meeting.client->connectors,
            (std::vector<Connector*>{meeting.connector.get(), meeting.connector.get()}));
  EXPECT_EQ(meeting.connector->destination(), meeting.port->host());
}

CASE("TCPC-12", DisconnectEndsWhateverThereIs,
     "disconnect() gives up an attempt, closes a connection, and otherwise does nothing",
     "tcpc_disconnect_keeps_connections") {
  Meeting meeting(t);
  const SilentPort silent;
  const auto other = talkers(t, "other");
  const auto pending = connect(t, other, silent.number());
  pending->disconnect();
  EXPECT_EQ(other->failures.size(), 1u);
  EXPECT_NO_THROW(pending->disconnect());
  meeting.client->configure = [&](Talker& talker) {
    talker.on_made = [&](Talker&) { meeting.connector->disconnect(); };
  };
  meeting.client->on_over = [&](Connector&, const Failure&) { t.reactor().stop(); };
  meeting.run();
  ASSERT_EQ(meeting.client->losses.size(), 1u);
  EXPECT_TRUE(meeting.client->losses[0].is<ConnectionDone>());
}

CASE("TCPC-13", EndReachesProtocolThenFactory,
     "the end of a connection reaches connection_lost(), then client_connection_lost(), then the "
     "factory's stop",
     "tcpc_factory_told_first") {
  Meeting meeting(t);
  meeting.client->configure = [](Talker& talker) {
    talker.on_made = [](Talker& self) { self.wire().lose_connection(); };
  };
  meeting.client->on_over = [&](Connector&, const Failure&) { t.reactor().stop(); };
  meeting.run();
  Log of_client;
  for (const std::string& event : t.events()) {
    if (event.starts_with("client")) of_client.push_back(event);
  }
  EXPECT_EQ(of_client, (Log{"client start", "client connecting", "client build", "client made",
                            "client lost", "client over", "client stop"}));
}

CASE("TCPC-14", DecliningClientIsLostNotFailed,
     "a client factory that builds nothing closes the connection, and is told "
     "client_connection_lost(ConnectionDone)",
     "tcpc_declined_has_failed") {
  Meeting meeting(t);
  meeting.client->on_build = [](const Address&) { return nullptr; };
  meeting.client->on_over = [&](Connector&, const Failure&) { t.reactor().stop(); };
  meeting.run();
  EXPECT_EQ(meeting.client->failures.size(), 0u);
  ASSERT_EQ(meeting.client->losses.size(), 1u);
  EXPECT_TRUE(meeting.client->losses[0].is<ConnectionDone>());
}

CASE("TCPC-15", ThrowingBuildProtocolIsAFailedConnection,
     "an exception in a client's build_protocol() is reported once and is the reason of "
     "client_connection_failed()",
     "tcpc_thrower_not_reported") {
  Meeting meeting(t);
  meeting.client->on_build = [](const Address&) -> std::shared_ptr<Protocol> {
    throw std::runtime_error("cannot build");
  };
  meeting.client->on_failed = [&](Connector&, const Failure&) { t.reactor().stop(); };
  meeting.run();
  ASSERT_EQ(meeting.client->failures.size(), 1u);
  EXPECT_EQ(meeting.client->failures[0].message(), "cannot build");
  const auto errors = t.take_errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].failure.message(), "cannot build");
}

CASE("TCPC-15", SystemErrorOfBuildProtocolIsNotOfConnect,
     "so it is with a std::system_error, which is not taken for one of connect(2)",
     "tcpc_builders_error_is_of_connect") {
  Meeting meeting(t);
  meeting.client->on_build = [](const Address&) -> std::shared_ptr<Protocol> {
    throw std::system_error(ENOENT, std::generic_category(), "cannot build");
  };
  meeting.client->on_failed = [&](Connector&, const Failure&) { t.reactor().stop(); };
  meeting.run();
  ASSERT_EQ(meeting.client->failures.size(), 1u);
  EXPECT_FALSE(meeting.client->failures[0].is<ConnectError>());
  EXPECT_TRUE(meeting.client->failures[0].message().starts_with("cannot build"));
  EXPECT_EQ(t.take_errors().size(), 1u);
}

CASE("TCPC-12", GivenUpWhileItsProtocolIsBuilt,
     "disconnect() in build_protocol() gives the attempt up: it fails once, and nothing is "
     "connected",
     "tcpc_serves_what_was_given_up") {
  Meeting meeting(t);
  const auto unused = std::make_shared<Talker>();
  meeting.client->on_build = [&](const Address&) -> std::shared_ptr<Protocol> {
    meeting.connector->disconnect();
    return unused;
  };
  meeting.client->on_failed = [&](Connector&, const Failure&) {
    t.reactor().call_later(0s, [&] { t.reactor().stop(); });
  };
  meeting.run();
  ASSERT_EQ(meeting.client->failures.size(), 1u);
  EXPECT_TRUE(meeting.client->failures[0].is<UserError>());
  EXPECT_EQ(meeting.client->losses.size(), 0u);
  EXPECT_EQ(unused->made, 0);
  EXPECT_EQ(meeting.client->stops, 1);
}

CASE("TCPC-16", ThrowingConnectionMadeEndsTheConnection,
     "an exception in a client's connection_made() is reported once and is the reason of the loss",
     "tcpl_thrower_stays_connected") {
  Meeting meeting(t);
  meeting.client->configure = [](Talker& talker) {
    talker.on_made = [](Talker&) { throw std::runtime_error("not made"); };
  };
  meeting.client->on_over = [&](Connector&, const Failure&) { t.reactor().stop(); };
  meeting.run();
  ASSERT_EQ(meeting.client->losses.size(), 1u);
  EXPECT_EQ(meeting.client->losses[0].message(), "not made");
  EXPECT_EQ(meeting.client->only().losses.size(), 1u);
  EXPECT_EQ(t.take_errors().size(), 1u);
}

CASE("TCPC-18", AddressesAreNumericWhateverWasAskedFor,
     "a client's host() and peer() are numeric, also when a name was asked for",
     "tcpc_destination_forgotten") {
  auto& resolver = query<ReactorNameResolver>(t.reactor());
  resolver.set_lookup([](const std::string&) { return "127.0.0.1"; });
  const auto server = talkers(t, "server"), client = talkers(t, "client");
  auto& tcp = query<ReactorTCP>(t.reactor());
  const auto port = tcp.listen_tcp(0, server, 50, "127.0.0.1");
  const auto connector = tcp.connect_tcp("a.name", port_of(port->host()), client);
  client->configure = [&](Talker& talker) {
    talker.on_made = [&](Talker& self) {
      EXPECT_EQ(self.wire().peer(), port->host());
      EXPECT_EQ(std::get<IPv4Address>(self.wire().host()).host, "127.0.0.1");
      t.reactor().stop();
    };
  };
  t.reactor().run();
  EXPECT_EQ(std::get<IPv4Address>(connector->destination()).host, "a.name");
  EXPECT_EQ(client->only().made, 1);
}

}  // namespace
}  // namespace loopmark::conformance
