// SPDX-License-Identifier: MIT
//
// Section 10, TCP listening: ports and their factories.
#include <fcntl.h>

#include <cerrno>
#include <stdexcept>
#include <vector>

#include "conformance/cases/plain_client.h"
#include "conformance/cases/tcpl_listen.h"
#include "conformance/talker.h"
#include "reactors/services/log.h"
#include "reactors/services/network_errors.h"

namespace loopmark::conformance {
namespace {

CASE("TCPL-01", PortIsBoundWhenTheCallReturns,
     "a client can connect as soon as listen_tcp() has returned, before any run",
     "tcpl_listens_in_the_run") {
  const auto port = listen(t, talkers(t, "server"));
  const PlainClient client(port->host());
  EXPECT_EQ(client.error(), 0);
  t.run_window();
}

CASE("TCPL-02", PortZeroBecomesARealNumber,
     "host() of a port that was asked for as 0 tells the number that the system chose",
     "tcpl_host_as_asked_for") {
  const auto port = listen(t, talkers(t, "server"));
  EXPECT_NE(port_of(port->host()), 0);
  EXPECT_EQ(PlainClient(port->host()).error(), 0);
  t.run_window();
}

CASE("TCPL-03", InterfaceTellsTheFamily,
     "without an interface a port is IPv4, and with an IPv6 literal IPv6", "tcpl_any_means_ipv6") {
  const auto plain = listen(t, talkers(t, "plain"), 0, "");
  const auto v6 = listen(t, talkers(t, "v6"), 0, "::1");
  EXPECT_TRUE(std::holds_alternative<IPv4Address>(plain->host())) << to_string(plain->host());
  ASSERT_TRUE(std::holds_alternative<IPv6Address>(v6->host())) << to_string(v6->host());
  EXPECT_EQ(std::get<IPv6Address>(v6->host()).host, "::1");
  EXPECT_THROW(listen(t, talkers(t, "name"), 0, "no.literal"), InvalidAddressError);
  t.run_window();
}

CASE("TCPL-04", AddressInUseThrowsAndStartsNothing,
     "an address in use throws CannotListenError with the address and the system's error, and the "
     "factory is not started",
     "tcpl_factory_started_first") {
  const auto port = listen(t, talkers(t, "first"));
  const auto second = talkers(t, "second");
  const std::uint16_t number = port_of(port->host());
  try {
    listen(t, second, number);
    ADD_FAILURE() << "nothing was thrown";
  } catch (const CannotListenError& error) {
    EXPECT_EQ(error.code().value(), EADDRINUSE);
    EXPECT_NE(std::string(error.what()).find("127.0.0.1:" + std::to_string(number)),
              std::string::npos)
        << error.what();
  }
  EXPECT_EQ(second->starts, 0);
  t.run_window();
}

CASE("TCPL-05", ClosedPortCanBeBoundAgainAtOnce,
     "a number just given up can be listened on again, also with a connection that lingers on it",
     "tcpl_no_reuse") {
  const auto server = talkers(t, "server");
  const auto port = listen(t, server);
  const std::uint16_t number = port_of(port->host());
  PlainClient client(port->host());
  // Not in TIME_WAIT, of which a busy system leaves out some: the connection is still open.
  server->configure = [&](Talker& talker) {
    talker.on_made = [&](Talker&) {
      port->stop_listening().add_both([&](const Failure&) {
        EXPECT_NO_THROW(listen(t, server, number));
        t.reactor().stop();
      });
    };
  };
  t.reactor().run();
  EXPECT_EQ(server->stops, 2) << "the run's end closes the port";
}

CASE("TCPL-06", StoppingCompletesLater,
     "stop_listening() answers a Deferred that is completed after the call, when the socket is "
     "closed",
     "tcpl_stop_completes_inside") {
  const auto port = listen(t, talkers(t, "server"));
  const Address where = port->host();
  int error_when_completed = 0;
  t.reactor().call_later(0s, [&] {
    Deferred stopped = port->stop_listening();
    t.log("returned");
    EXPECT_FALSE(stopped.called());
    stopped.add_both([&](const Failure& failed) {
      t.log("completed");
      EXPECT_FALSE(failed);
      error_when_completed = PlainClient(where).error();
    });
  });
  t.run_window(4);
  EXPECT_EQ(t.events(),
            (std::vector<std::string>{"server start", "returned", "server stop", "completed"}));
  EXPECT_EQ(error_when_completed, ECONNREFUSED);
}

CASE("TCPL-07", StoppingTurnsNewClientsAwayOnly,
     "after stop_listening() new clients are refused, and accepted connections live on",
     "tcpl_stop_ends_connections") {
  const auto server = talkers(t, "server");
  const auto port = listen(t, server);
  PlainClient client(port->host());
  client.send("here");
  server->configure = [&](Talker& talker) {
    talker.on_data = [&](Talker&, std::string_view data) {
      if (data != "here") return t.reactor().stop();
      port->stop_listening().add_both([&](const Failure&) {
        EXPECT_EQ(PlainClient(port->host()).error(), ECONNREFUSED);
        client.send(", and still there");
      });
    };
    talker.on_lost = [&](Talker& self, const Failure&) {
      if (self.received == "here") t.reactor().stop();
    };
  };
  t.reactor().run();
  EXPECT_EQ(server->only().received, "here, and still there");
}

CASE("TCPL-08", StoppedPortCanBeStartedAgain, "start_listening() revives a port that was stopped",
     "tcpl_stopped_for_good") {
  const auto server = talkers(t, "server");
  const auto port = listen(t, server);
  t.reactor().call_later(0s, [&] {
    port->stop_listening().add_both([&](const Failure&) {
      port->start_listening();
      EXPECT_EQ(PlainClient(port->host()).error(), 0);
    });
  });
  run_until_built(t, *server, 1);
  EXPECT_EQ(server->starts, 2);
}

CASE("TCPL-09", FactoryIsStartedOnceForAllPorts,
     "start_factory() and stop_factory() are called for the first use and the last, not for each",
     "tcpl_factory_started_by_each") {
  const auto server = talkers(t, "server");
  const auto first = listen(t, server), second = listen(t, server), third = listen(t, server);
  EXPECT_EQ(server->starts, 1);
  int stopped = 0;
  t.reactor().call_later(0s, [&] {
    for (const auto& port : {first, second, third}) {
      port->stop_listening().add_both(
          [&](const Failure&) { EXPECT_EQ(server->stops, ++stopped == 3 ? 1 : 0); });
    }
  });
  t.run_window(5);
  EXPECT_EQ(stopped, 3);
  EXPECT_EQ(server->starts, 1);
  EXPECT_EQ(server->stops, 1);
}

CASE("TCPL-10", ThrowingStopFactoryFailsTheDeferred,
     "what stop_factory() throws is the failure of stop_listening()'s Deferred, and the port can "
     "listen again",
     "tcpl_stop_failure_unheard") {
  const auto server = talkers(t, "server");
  const auto port = listen(t, server);
  std::string heard;
  t.reactor().call_later(0s, [&] {
    server->on_stop = [&] {
      server->on_stop = nullptr;
      throw std::runtime_error("will not stop");
    };
    port->stop_listening().add_both([&](const Failure& failed) {
      if (failed) heard = failed.message();
      EXPECT_NO_THROW(port->start_listening());
    });
  });
  t.run_window(4);
  EXPECT_EQ(heard, "will not stop");
  EXPECT_EQ(server->starts, 2);
}

CASE("TCPL-18", ReactorStopClosesThePort,
     "when the reactor stops, the port is closed and its factory stopped, before run() returns",
     "tcpl_open_after_stop") {
  const auto server = talkers(t, "server");
  const auto port = listen(t, server);
  const Address where = port->host();
  t.run_window();
  EXPECT_EQ(server->stops, 1);
  EXPECT_EQ(PlainClient(where).error(), ECONNREFUSED);
}

CASE("TCPL-19", LogTellsOfPorts,
     "the log tells when a port opens and closes, with its number and its factory's prefix",
     "tcpl_closes_in_silence") {
  std::vector<std::string> lines;
  query<ReactorLog>(t.reactor()).set_observer([&](const std::string& line) {
    lines.push_back(line);
  });
  const auto port = listen(t, talkers(t, "server"));
  EXPECT_EQ(lines.size(), 1u);
  t.reactor().call_later(0s, [&] { port->stop_listening(); });
  t.run_window();
  EXPECT_EQ(lines.size(), 2u);
  for (const std::string& line : lines) {
    EXPECT_NE(line.find("server"), std::string::npos) << line;
    EXPECT_NE(line.find(std::to_string(port_of(port->host()))), std::string::npos) << line;
  }
}

CASE("TCPL-21", PortCanBeStoppedInBuildProtocol,
     "stop_listening() inside build_protocol() is safe, and serves what was built",
     "tcpl_stop_drops_the_accepted") {
  const auto server = talkers(t, "server");
  const auto port = listen(t, server);
  server->configure = [&](Talker& talker) {
    port->stop_listening();
    talker.on_data = [&](Talker& self, std::string_view) {
      if (self.received.size() == 6) t.reactor().stop();
    };
  };
  PlainClient client(port->host());
  client.send("served");
  t.reactor().run();
  EXPECT_EQ(server->only().received, "served");
}

CASE("TRIG-11", ListenerThatThrowsHoldsNothingBack,
     "what a listener of a Deferred throws is reported, and the trigger that answered the Deferred "
     "does not hold its event back for that",
     "trig_listener_ends_the_others") {
  const auto port = listen(t, talkers(t, "server"));
  t.reactor().add_system_event_trigger(Phase::kBefore, "shutdown", [&] {
    Deferred stopped = port->stop_listening();
    stopped.add_both([](const Failure&) { throw std::runtime_error("thrown by a listener"); });
    return stopped;
  });
  t.reactor().add_system_event_trigger(Phase::kDuring, "shutdown", [&] { t.log("during"); });
  t.reactor().call_when_running([&] { t.reactor().stop(); });
  t.reactor().run();
  EXPECT_EQ(t.events(), (std::vector<std::string>{"server start", "server stop", "during"}));
  const auto errors = t.take_errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].failure.message(), "thrown by a listener");
}

}  // namespace
}  // namespace loopmark::conformance
