// SPDX-License-Identifier: MIT
//
// Section 10, TCP listening: connections as they are accepted.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <vector>

#include "conformance/cases/plain_client.h"
#include "conformance/cases/tcpl_listen.h"
#include "conformance/kernel.h"
#include "conformance/talker.h"

namespace loopmark::conformance {
namespace {

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

CASE("TCPL-15", EndlessClientsLeaveOthersTheirTurn,
     "clients that come as fast as they are accepted do not shut out a delayed call",
     "tcpl_accepts_until_none_waits") {
  constexpr std::size_t kMost = 1000;
  const auto server = talkers(t, "server");
  const auto port = listen(t, server);
  std::array<PlainClient, 8> waiting;
  for (PlainClient& client : waiting) client.connect(port->host());
  std::size_t accepted = 0;
  server->on_build = [&](const Address&) -> std::shared_ptr<Protocol> {
    const std::size_t count = server->peers.size();
    if (count == 1) {
      t.reactor().call_later(0s, [&] {
        accepted = server->peers.size();
        t.reactor().stop();
      });
    }
    if (count < kMost) waiting[count % waiting.size()] = PlainClient(port->host());
    return nullptr;
  };
  t.reactor().run();
  EXPECT_GE(accepted, 1u);
  EXPECT_LT(accepted, kMost);
}

CASE("TCPL-16", OutOfDescriptorsAClientIsTurnedAway,
     "when the process is out of descriptors, a pending client is accepted and closed, and the "
     "port does not spin",
     "tcpl_no_reserve, tcpl_full_is_tried_for_ever") {
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

CASE("TCPL-17", PassingErrorsOfAcceptAreOutlived,
     "an error of accept(2) that passes neither closes the port nor escapes it",
     "tcpl_error_closes_the_port") {
  kernel::use_virtual_clock();  // the port may pause
  const auto server = talkers(t, "server");
  const auto port = listen(t, server);
  const std::vector<int> errors{EAGAIN, EINTR, EPERM, ECONNABORTED, ENFILE, ENOBUFS, ENOMEM};
  std::vector<PlainClient> clients;
  const auto next = [&] {
    if (clients.size() == errors.size()) return t.reactor().stop();
    kernel::fail_accepts(errors[clients.size()], 1);
    clients.emplace_back(port->host());
  };
  server->configure = [&](Talker& talker) { talker.on_made = [&](Talker&) { next(); }; };
  t.reactor().call_later(0s, next);
  t.reactor().call_later(10s, [&] { t.reactor().crash(); });  // virtual ones
  t.reactor().run();
  EXPECT_EQ(server->built.size(), errors.size());
  EXPECT_EQ(server->stops, 1) << "the port was open until the stop";
}

CASE("TCPL-20", SocketsAreNonBlockingAndCloseOnExec,
     "the listening socket and all that it accepts have O_NONBLOCK and FD_CLOEXEC",
     "tcpl_accepts_blocking, tcpl_accepted_are_inherited") {
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

}  // namespace
}  // namespace loopmark::conformance
