// SPDX-License-Identifier: MIT
//
// Section 11, TCP connecting: attempts, and how they end.
#include <atomic>
#include <cerrno>
#include <stdexcept>
#include <thread>

#include "conformance/cases/passes.h"
#include "conformance/cases/tcpc_ports.h"
#include "conformance/kernel.h"
#include "reactors/services/network_errors.h"
#include "reactors/services/resolver.h"

namespace loopmark::conformance {
namespace {

using State = Connector::State;
using Log = std::vector<std::string>;

CASE("TCPC-01", ConnectingTellsNothingInsideTheCall,
     "connect_tcp() starts the factory and calls started_connecting() inside the call, returns a "
     "connecting connector, and reports success or failure later",
     "tcpc_fails_inside_the_call") {
  const ClosedPort closed;
  const auto client = talkers(t, "client");
  client->on_failed = [&](Connector&, const Failure&) { t.reactor().stop(); };
  // What fails at once: the address to connect from is taken.
  const auto connector =
      connect(t, client, closed.number(), {.bind_host = "127.0.0.1", .bind_port = closed.number()});
  t.log("returned");
  EXPECT_EQ(connector->state(), State::kConnecting);
  t.reactor().run();
  EXPECT_EQ(t.events(),
            (Log{"client start", "client connecting", "returned", "client failed", "client stop"}));
}

CASE(
    "TCPC-02", NeedlessCallIsNoConnection,
    "an attempt whose do_write() is called before the peer has answered tells nothing, and goes on",
    "tcpc_needless_call_ends_it") {
  const SilentPort silent;
  const auto client = talkers(t, "client");
  const auto connector = connect(t, client, silent.number());
  after_passes(t, 2, [&] {
    const auto attempts = t.reactor().get_writers();
    ASSERT_EQ(attempts.size(), 1u);
    attempts[0]->do_write();
    EXPECT_EQ(connector->state(), State::kConnecting);
    EXPECT_EQ(t.reactor().get_writers(), attempts);
    connector->disconnect();
  });
  t.run_window(5);
  EXPECT_EQ(client->peers.size(), 0u);
  ASSERT_EQ(client->failures.size(), 1u);
  EXPECT_TRUE(client->failures[0].is<UserError>()) << client->failures[0].message();
}

CASE("TCPC-03", FailureIsToldOnceInStateDisconnected,
     "failure brings client_connection_failed() once, in state disconnected, and then stops the "
     "factory",
     "tcpc_failed_while_connecting") {
  const ClosedPort closed;
  const auto client = talkers(t, "client");
  State state = State::kConnected;
  client->on_failed = [&](Connector& connector, const Failure&) {
    state = connector.state();
    EXPECT_EQ(client->stops, 0);
  };
  connect(t, client, closed.number());
  t.run_window(5);
  EXPECT_EQ(client->failures.size(), 1u);
  EXPECT_EQ(state, State::kDisconnected);
  EXPECT_EQ(client->stops, 1);
}

CASE("TCPC-04", RefusalHasItsNumber,
     "where nobody listens the reason is ConnectionRefused, with ECONNREFUSED",
     "tcpc_refused_is_any_error, tcpc_writable_is_connected") {
  const ClosedPort closed;
  const auto client = talkers(t, "client");
  connect(t, client, closed.number());
  t.run_window(5);
  ASSERT_EQ(client->failures.size(), 1u);
  ASSERT_TRUE(client->failures[0].is<ConnectionRefused>()) << client->failures[0].message();
  try {
    client->failures[0].rethrow();
  } catch (const ConnectError& error) {
    EXPECT_EQ(error.code().value(), ECONNREFUSED);
  }
}

/// What `failure` holds, as one word.
std::string kind_of(const Failure& failure) {
  if (failure.is<ConnectionRefused>()) return "refused";
  if (failure.is<TCPTimedOutError>()) return "timed out";
  if (failure.is<NoRouteError>()) return "no route";
  return failure.is<ConnectError>() ? "other" : "none";
}

CASE("TCPC-05", ErrorsOfTheSystemHaveReasons,
     "refused, timed out and unreachable have reasons of their own; others are a ConnectError with "
     "the number",
     "tcpc_number_forgotten") {
  // What the backend's own connector makes of a number that loopback can bring about: a path of a UNIX socket's that is
  // none brings ENOENT, one that is a folder ECONNREFUSED.
  const auto missing = talkers(t, "missing"), folder = talkers(t, "folder");
  auto& sockets = query<ReactorUNIX>(t.reactor());
  sockets.connect_unix("/no/such/path", missing);
  sockets.connect_unix("/", folder);
  t.run_window(4);
  ASSERT_EQ(missing->failures.size(), 1u);
  EXPECT_EQ(kind_of(missing->failures[0]), "other");
  try {
    missing->failures[0].rethrow();
  } catch (const ConnectError& error) {
    EXPECT_EQ(error.code().value(), ENOENT);
  }
  ASSERT_EQ(folder->failures.size(), 1u);
  EXPECT_EQ(kind_of(folder->failures[0]), "refused");
  EXPECT_EQ(kind_of(connect_failure(ETIMEDOUT)), "timed out");
  EXPECT_EQ(kind_of(connect_failure(ENETUNREACH)), "no route");
  EXPECT_EQ(kind_of(connect_failure(EHOSTUNREACH)), "no route");
}

CASE("TCPC-06", TimeoutEndsTheAttempt,
     "when the timeout passes first, the attempt fails with TimeoutError, a kind of UserError",
     "tcpc_timeout_is_an_error_of_the_system") {
  kernel::use_virtual_clock();
  const SilentPort silent;
  const auto client = talkers(t, "client");
  client->on_failed = [&](Connector&, const Failure&) { t.reactor().stop(); };
  const TimePoint began = t.reactor().now();
  connect(t, client, silent.number(), {.timeout = 7s});
  t.reactor().run();
  ASSERT_EQ(client->failures.size(), 1u);
  EXPECT_TRUE(client->failures[0].is<TimeoutError>()) << client->failures[0].message();
  EXPECT_TRUE(client->failures[0].is<UserError>());
  EXPECT_GE(t.reactor().now() - began, 7s);
  expect_nothing_left(t);
}

CASE("TCPC-07", StopConnectingFailsAtOnce,
     "stop_connecting() fails a pending attempt with UserError inside the call",
     "tcpc_given_up_later") {
  const SilentPort silent;
  const auto client = talkers(t, "client");
  const auto connector = connect(t, client, silent.number());
  t.reactor().call_later(0s, [&] {
    connector->stop_connecting();
    t.log("returned");
  });
  t.run_window(4);
  EXPECT_EQ(t.events(),
            (Log{"client start", "client connecting", "client failed", "client stop", "returned"}));
  ASSERT_EQ(client->failures.size(), 1u);
  EXPECT_TRUE(client->failures[0].is<UserError>());
  expect_nothing_left(t);
}

CASE("TCPC-07", StopConnectingIsLegalInStartedConnecting,
     "stop_connecting() may be called in started_connecting()", "tcpc_given_up_later") {
  const SilentPort silent;
  const auto client = talkers(t, "client");
  client->on_connecting = [](Connector& connector) { connector.stop_connecting(); };
  const auto connector = connect(t, client, silent.number());
  EXPECT_EQ(client->failures.size(), 1u);
  EXPECT_EQ(connector->state(), State::kDisconnected);
  t.run_window();
  EXPECT_EQ(client->failures.size(), 1u);
}

CASE("TCPC-10", FailedConnectorConnectsAgainWithoutAStop,
     "connect() inside client_connection_failed() begins anew, and the factory is not stopped in "
     "between",
     "tcpc_factory_stopped_between") {
  const ClosedPort closed;
  const auto client = talkers(t, "client");
  client->on_failed = [&](Connector& connector, const Failure&) {
    if (client->failures.size() < 3) return connector.connect();
    t.reactor().stop();
  };
  connect(t, client, closed.number());
  t.reactor().run();
  EXPECT_EQ(client->failures.size(), 3u);
  EXPECT_EQ(client->starts, 1);
  EXPECT_EQ(client->stops, 1);
}

CASE("TCPC-17", BusyBindAddressIsAFailedConnection,
     "a bind address in use comes as client_connection_failed(ConnectBindError)",
     "tcpc_bind_error_is_any_error") {
  const ClosedPort taken;
  Meeting meeting(t);
  const auto client = talkers(t, "bound");
  meeting.begin();
  EXPECT_NO_THROW(connect(t, client, port_of(meeting.port->host()),
                          {.bind_host = "127.0.0.1", .bind_port = taken.number()}));
  EXPECT_EQ(client->failures.size(), 0u);
  t.run_window(5);
  ASSERT_EQ(client->failures.size(), 1u);
  EXPECT_TRUE(client->failures[0].is<ConnectBindError>()) << client->failures[0].message();
}

/// Of a connection to a name, by that look-up.
void expect_failed_look_up(CaseContext& t, ReactorNameResolver::Lookup lookup) {
  query<ReactorNameResolver>(t.reactor()).set_lookup(std::move(lookup));
  const auto client = talkers(t, "client");
  client->on_failed = [&](Connector&, const Failure&) { t.reactor().stop(); };
  query<ReactorTCP>(t.reactor()).connect_tcp("a.name", 1, client);
  t.reactor().run();
  ASSERT_EQ(client->failures.size(), 1u);
  EXPECT_TRUE(client->failures[0].is<DNSLookupError>()) << client->failures[0].message();
}

CASE("TCPC-19", UnknownNameIsAFailedConnection,
     "the loop turns while a name is looked up, and a look-up that fails is a failed connection",
     "tcpc_looks_up_in_the_loop") {
  std::atomic<bool> turned = false;
  t.reactor().call_later(0s, [&] { t.reactor().call_later(0s, [&] { turned = true; }); });
  expect_failed_look_up(t, [&](const std::string&) -> std::string {
    while (!turned) std::this_thread::yield();
    throw std::runtime_error("nobody knows");
  });
}

CASE("TCPC-19", LookUpThatFindsNoAddressIsAFailedConnection,
     "so is one that answers what is no address", "tcpc_lookup_is_trusted") {
  expect_failed_look_up(t, [](const std::string&) { return "a.name"; });
}

CASE("TCPC-21", ReactorCanBeStoppedInTheFailure, "client_connection_failed() may stop the reactor",
     "tcpc_failures_unheard") {
  const ClosedPort closed;
  const auto client = talkers(t, "client");
  client->on_failed = [&](Connector&, const Failure&) { t.reactor().stop(); };
  connect(t, client, closed.number());
  t.reactor().run();
  EXPECT_EQ(client->failures.size(), 1u);
}

CASE("TCPC-22", NothingIsLeftBehind,
     "an attempt that succeeded and ended, failed, or was given up leaves no delayed call and no "
     "descriptor",
     "tcpc_timeout_left") {
  const ClosedPort closed;
  const SilentPort silent;
  Meeting meeting(t);
  const auto refused = talkers(t, "refused"), given_up = talkers(t, "given up");
  meeting.client->configure = [](Talker& talker) {
    talker.on_made = [](Talker& self) { self.wire().lose_connection(); };
  };
  const auto end_one = [&, ended = 0]() mutable {
    if (++ended == 3) {
      meeting.port->stop_listening().add_both([&](const Failure&) {
        expect_nothing_left(t);
        t.reactor().stop();
      });
    }
  };
  auto shared = std::make_shared<std::function<void()>>(end_one);
  meeting.server->configure = [&](Talker& talker) {
    talker.on_lost = [=](Talker&, const Failure&) { (*shared)(); };
  };
  refused->on_failed = given_up->on_failed = [=](Connector&, const Failure&) { (*shared)(); };
  connect(t, refused, closed.number());
  const auto pending = connect(t, given_up, silent.number());
  t.reactor().call_later(0s, [&] { pending->stop_connecting(); });
  meeting.run();
  EXPECT_EQ(refused->failures.size(), 1u);
  EXPECT_EQ(given_up->failures.size(), 1u);
  EXPECT_EQ(meeting.client->losses.size(), 1u);
}

CASE("TCPC-22", NothingIsLeftOfAnAttemptToAName,
     "an attempt that is given up while its host is looked up leaves no delayed call and no "
     "descriptor",
     "tcpc_lookup_timer_left") {
  std::atomic<bool> given_up = false;
  query<ReactorNameResolver>(t.reactor()).set_lookup([&](const std::string&) {
    while (!given_up) std::this_thread::yield();
    return "127.0.0.1";
  });
  const auto client = talkers(t, "client");
  const auto connector = query<ReactorTCP>(t.reactor()).connect_tcp("a.name", 1, client);
  t.reactor().call_later(0s, [&] {
    t.reactor().call_later(0s, [&] {  // by then it is asked for
      connector->stop_connecting();
      expect_nothing_left(t);
      given_up = true;
      t.reactor().stop();
    });
  });
  t.reactor().run();
  EXPECT_EQ(client->failures.size(), 1u);
}

}  // namespace
}  // namespace loopmark::conformance
