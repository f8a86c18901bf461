// SPDX-License-Identifier: MIT
//
// Section 10, TCP listening: ports, and how they accept.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>

#include "conformance/cases/plain_client.h"
#include "conformance/kernel.h"
#include "conformance/talker.h"
#include "reactors/services/network_errors.h"

namespace loopmark::conformance {
namespace {

std::shared_ptr<ListeningPort> listen(CaseContext& t, std::shared_ptr<Factory> factory,
                                      std::uint16_t number = 0,
                                      const std::string& interface = "127.0.0.1") {
  return query<ReactorTCP>(t.reactor()).listen_tcp(number, std::move(factory), 200, interface);
}

/// Runs until `factory` has been asked for `count` protocols, and a window longer.
template <class Kind>
void run_until_built(CaseContext& t, TalkerFactory<Kind>& factory, std::size_t count) {
  const auto before = factory.configure;
  factory.configure = [&t, &factory, count, before](Kind& talker) {
    if (before) before(talker);
    if (factory.built.size() + 1 == count) t.reactor().call_later(0s, [&t] { t.reactor().stop(); });
  };
  t.reactor().run();
}

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
  // The server closes first: its side of the connection lingers in TIME_WAIT.
  server->configure = [](Talker& talker) {
    talker.on_made = [](Talker& self) { self.wire().lose_connection(); };
    talker.on_lost = [](Talker& self, const Failure&) { self.context->reactor().stop(); };
  };
  t.reactor().run();
  client.close();
  t.run_window();
  EXPECT_EQ(server->stops, 1) << "the run's end closes the port";
  EXPECT_NO_THROW(listen(t, server, number));
  t.run_window();
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

CASE("TCPL-11", AcceptedConnectionGetsItsProtocol,
     "each accepted connection brings build_protocol() with the peer's address, then "
     "make_connection() with a transport",
     "tcpl_builds_with_own_address") {
  const auto server = talkers(t, "server");
  server->configure = [](Talker& talker) {
    talker.on_made = [](Talker& self) { EXPECT_NE(&self.wire(), nullptr); };
  };
  const auto port = listen(t, server);
  const PlainClient client(port->host());
  run_until_built(t, *server, 1);
  EXPECT_EQ(server->peers, std::vector<Address>{client.host()});
  EXPECT_EQ(t.events()[1], "server build");
  EXPECT_EQ(t.events()[2], "server made");
}

CASE("TCPL-12", DeclinedClientIsClosedCleanly,
     "a factory that builds nothing closes that connection cleanly, and the port goes on",
     "tcpl_declined_stays_open") {
  const auto server = talkers(t, "server");
  const auto port = listen(t, server);
  server->on_build = [&](const Address&) {
    server->on_build = nullptr;
    return nullptr;
  };
  PlainClient declined(port->host());
  const PlainClient next(port->host());
  run_until_built(t, *server, 1);
  EXPECT_EQ(declined.read_to_end(), "end");
  EXPECT_EQ(server->peers.size(), 2u);
}

CASE("TCPL-13", ThrowingBuildProtocolCostsItsClientOnly,
     "an exception in build_protocol() is reported, its socket is closed at once, and the port "
     "goes on",
     "tcpl_thrower_ends_the_port") {
  const auto server = talkers(t, "server");
  const auto port = listen(t, server);
  server->on_build = [&](const Address&) -> std::shared_ptr<Protocol> {
    server->on_build = nullptr;
    throw std::runtime_error("cannot build");
  };
  PlainClient unlucky(port->host());
  const PlainClient next(port->host());
  run_until_built(t, *server, 1);
  const auto errors = t.take_errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].failure.message(), "cannot build");
  EXPECT_EQ(unlucky.read_to_end(), "end");
}

CASE("TCPL-14", ThrowingConnectionMadeEndsItsConnection,
     "an exception in a server's connection_made() is reported and ends the connection",
     "tcpl_thrower_stays_connected") {
  const auto server = talkers(t, "server");
  const auto port = listen(t, server);
  server->configure = [&](Talker& talker) {
    talker.on_made = [](Talker&) { throw std::runtime_error("not made"); };
    talker.on_lost = [&](Talker&, const Failure&) { t.reactor().stop(); };
  };
  PlainClient client(port->host());
  t.reactor().run();
  EXPECT_EQ(client.read_to_end(), "end");
  const auto errors = t.take_errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].failure.message(), "not made");
  ASSERT_EQ(server->only().losses.size(), 1u);
  EXPECT_EQ(server->only().losses[0].message(), "not made");
}

CASE("TCPL-15", FullBacklogIsAcceptedInFewPasses,
     "a hundred clients that wait when the run starts are accepted within ten waits",
     "tcpl_one_client_a_pass") {
  const auto server = talkers(t, "server");
  const auto port = listen(t, server);
  std::vector<PlainClient> clients;
  for (int i = 0; i < 100; ++i) clients.emplace_back(port->host());
  kernel::forget_waits();
  std::size_t waits = 0;
  server->on_build = [&](const Address&) -> std::shared_ptr<Protocol> {
    if (server->peers.size() == 100) {
      waits = kernel::wait_count();
      t.reactor().stop();
    }
    return nullptr;
  };
  t.reactor().run();
  EXPECT_LE(waits, 10u);
}

CASE("TCPL-16", OutOfDescriptorsAClientIsTurnedAway,
     "when the process is out of descriptors, a pending client is accepted and closed, and the "
     "port does not spin",
     "tcpl_no_reserve") {
  const auto server = talkers(t, "server");
  const auto port = listen(t, server);
  PlainClient client;
  std::vector<UniqueFd> all;
  t.reactor().call_later(0s, [&] {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    const rlimit lower{200, limit.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &lower);
    for (int fd = 0; (fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) all.emplace_back(fd);
    kernel::limit_waits(1000);
    client.connect(port->host());
    client.on_end(t.reactor(), [&] {
      all.clear();
      t.reactor().stop();
    });
  });
  t.reactor().run();
  EXPECT_EQ(server->peers.size(), 0u);
  EXPECT_EQ(server->stops, 1) << "the port was open until the stop";
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

CASE("TCPL-20", SocketsAreNonBlockingAndCloseOnExec,
     "the listening socket and all that it accepts have O_NONBLOCK and FD_CLOEXEC",
     "tcpl_accepts_blocking") {
  const auto server = talkers(t, "server");
  const auto port = listen(t, server);
  const PlainClient client(port->host());
  server->configure = [&](Talker& talker) {
    talker.on_made = [&](Talker&) {
      int sockets = 0;
      for (int fd = 3; fd < 100; ++fd) {  // whatever their numbers are
        SocketAddress address;
        if (fd == client.fd() || ::getsockname(fd, address.data(), &address.length()) != 0 ||
            address.family() != AF_INET)
          continue;
        ++sockets;
        EXPECT_TRUE(::fcntl(fd, F_GETFL) & O_NONBLOCK) << fd;
        EXPECT_TRUE(::fcntl(fd, F_GETFD) & FD_CLOEXEC) << fd;
      }
      EXPECT_EQ(sockets, 2);
      t.reactor().stop();
    };
  };
  t.reactor().run();
}

CASE("TCPL-21", PortCanBeStoppedInBuildProtocol,
     "stop_listening() inside build_protocol() is safe, and serves what was built",
     "tcpl_stop_drops_the_accepted") {
  const auto server = talkers(t, "server");
  const auto port = listen(t, server);
  server->configure = [&](Talker& talker) {
    port->stop_listening();
    talker.on_data = [&](Talker&, std::string_view) { t.reactor().stop(); };
  };
  PlainClient client(port->host());
  client.send("served");
  t.reactor().run();
  EXPECT_EQ(server->only().received, "served");
}

}  // namespace
}  // namespace loopmark::conformance
