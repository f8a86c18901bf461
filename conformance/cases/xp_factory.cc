// SPDX-License-Identifier: MIT
//
// Section 12, Transport, protocol, factory: when a factory is started and stopped.
#include <stdexcept>

#include "conformance/talker.h"

namespace loopmark::conformance {
namespace {

CASE("XP-FACT-01", FactoryStartsAndStopsAlternate,
     "a factory that ports and connectors share is started before the first and stopped after the "
     "last of them",
     "tcpl_factory_started_by_each") {
  const auto shared = talkers(t, "shared");
  auto& tcp = query<ReactorTCP>(t.reactor());
  const auto port = tcp.listen_tcp(0, shared, 50, "127.0.0.1");
  const auto connector = tcp.connect_tcp("127.0.0.1", port_of(port->host()), shared);
  EXPECT_EQ(shared->starts, 1);
  shared->configure = [](Talker& talker) {
    talker.on_made = [](Talker& self) { self.wire().lose_connection(); };
  };
  shared->on_over = [&](Connector&, const Failure&) {
    EXPECT_EQ(shared->stops, 0);
    t.reactor().call_later(0s, [&] {
      EXPECT_EQ(shared->stops, 0);
      t.reactor().stop();
    });
  };
  t.reactor().run();
  EXPECT_EQ(shared->starts, 1);
  EXPECT_EQ(shared->stops, 1);
}

CASE("XP-FACT-01", FactoryThatCouldNotStartIsStartedByTheNext,
     "a start_factory() that throws is no start: the next port or connector makes another, and the "
     "stop comes after that",
     "xp_failed_start_counts") {
  const auto server = talkers(t, "server"), client = talkers(t, "client");
  const auto throwing = [](int& left) {
    return [&left] {
      if (left-- > 0) throw std::runtime_error("not yet");
    };
  };
  int of_server = 1, of_client = 1;
  server->on_start = throwing(of_server);
  client->on_start = throwing(of_client);
  auto& tcp = query<ReactorTCP>(t.reactor());
  EXPECT_THROW(tcp.listen_tcp(0, server, 50, "127.0.0.1"), std::runtime_error);
  const auto port = tcp.listen_tcp(0, server, 50, "127.0.0.1");
  EXPECT_THROW(tcp.connect_tcp("127.0.0.1", 1, client), std::runtime_error);
  const auto connector = tcp.connect_tcp("127.0.0.1", port_of(port->host()), client);
  client->configure = [](Talker& talker) {
    talker.on_made = [](Talker& self) { self.wire().lose_connection(); };
  };
  client->on_over = [&](Connector&, const Failure&) { t.reactor().stop(); };
  t.reactor().run();
  for (const auto& factory : {server, client}) {
    EXPECT_EQ(factory->starts, 2);
    EXPECT_EQ(factory->stops, 1);
  }
}

CASE("XP-FACT-02", UnmatchedStopIsIgnored, "do_stop() without its do_start() does nothing", "",
     .uncaught = "it is called by the case: a mutant is a reactor, and has another copy of it") {
  const auto server = talkers(t, "server");
  server->do_stop();
  EXPECT_EQ(server->stops, 0);
  const auto port = query<ReactorTCP>(t.reactor()).listen_tcp(0, server, 50, "127.0.0.1");
  EXPECT_EQ(server->starts, 1);
  t.run_window();
  EXPECT_EQ(server->stops, 1);
}

}  // namespace
}  // namespace loopmark::conformance
