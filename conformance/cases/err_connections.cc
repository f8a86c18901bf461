// SPDX-License-Identifier: MIT
//
// Section 18, Errors, logging, leaks: of connections.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "conformance/cases/plain_client.h"
#include "conformance/kernel.h"
#include "conformance/open_descriptors.h"
#include "conformance/probe.h"
#include "conformance/talker.h"

namespace loopmark::conformance {
namespace {

CASE("ERR-07", ChurnLeavesNothingBehind,
     "after rounds of listening, connecting and closing there is no further descriptor, but for "
     "one in reserve, and no delayed call",
     "tcpc_timeout_left") {
  auto& tcp = query<ReactorTCP>(t.reactor());
  const std::ptrdiff_t before = open_descriptors();
  std::shared_ptr<ListeningPort> port;
  int rounds = 0;
  std::function<void()> round = [&] {
    if (++rounds > 10) {
      EXPECT_LE(open_descriptors(), before + 1);
      EXPECT_EQ(t.reactor().get_delayed_calls().size(), 0u);
      return t.reactor().stop();
    }
    const auto server = talkers(t, "server"), client = talkers(t, "client");
    server->configure = [](Talker& talker) {
      talker.on_made = [](Talker& self) { self.wire().lose_connection(); };
    };
    client->on_over = [&](Connector&, const Failure&) {
      port->stop_listening().add_both([&](const Failure&) { round(); });
    };
    port = tcp.listen_tcp(0, server, 50, "127.0.0.1");
    tcp.connect_tcp("127.0.0.1", port_of(port->host()), client);
  };
  t.reactor().call_when_running(round);
  t.reactor().run();
}

CASE("ERR-08", SocketOfALostConnectionIsClosed,
     "when connection_lost() is called, the number of the connection's socket is free",
     "err_socket_left_open") {
  const auto server = talkers(t, "server");
  const auto port = query<ReactorTCP>(t.reactor()).listen_tcp(0, server, 50, "127.0.0.1");
  PlainClient client(port->host());
  int number = -1;
  server->configure = [&](Talker& talker) {
    talker.on_made = [&](Talker& self) {
      number = dynamic_cast<Descriptor&>(self.wire()).fileno();
      self.wire().lose_connection();
    };
    talker.on_lost = [&](Talker&, const Failure&) {
      EXPECT_LT(::fcntl(number, F_GETFD), 0);
      EXPECT_EQ(errno, EBADF);
      t.reactor().stop();
    };
  };
  t.reactor().run();
  EXPECT_GE(number, 0);
}

CASE("ERR-08", InterruptedCloseIsNotTriedAgain,
     "a close(2) that a signal interrupts has closed: what is given the number next stays open",
     "err_close_tried_again") {
  const auto server = talkers(t, "server");
  const auto port = query<ReactorTCP>(t.reactor()).listen_tcp(0, server, 50, "127.0.0.1");
  PlainClient client(port->host());
  const UniqueFd file = regular_file("");
  UniqueFd next;
  server->configure = [&](Talker& talker) {
    talker.on_made = [&](Talker& self) {
      const int number = dynamic_cast<Descriptor&>(self.wire()).fileno();
      kernel::interrupt_close(number,
                              [&, number] { next.reset(::dup3(file.get(), number, O_CLOEXEC)); });
      self.wire().lose_connection();
    };
    talker.on_lost = [&](Talker&, const Failure&) { t.reactor().stop(); };
  };
  t.reactor().run();
  ASSERT_GE(next.get(), 0) << "nothing was closed";
  EXPECT_GE(::fcntl(next.get(), F_GETFD), 0);
}

}  // namespace
}  // namespace loopmark::conformance
