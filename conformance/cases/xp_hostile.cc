// SPDX-License-Identifier: MIT
//
// Section 12, Transport, protocol, factory: peers that behave badly.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <csignal>
#include <functional>
#include <optional>

#include "conformance/cases/child.h"
#include "conformance/cases/plain_client.h"
#include "conformance/talker.h"
#include "reactors/errors.h"
#include "reactors/services/adopted_sockets.h"

namespace loopmark::conformance {
namespace {

CASE("XP-PROTO-04", SingleBytesArriveInOrder,
     "a peer that sends a byte at a time is received whole and in order", "xp_reads_every_other") {
  const auto server = talkers(t, "server");
  const auto port = query<ReactorTCP>(t.reactor()).listen_tcp(0, server, 50, "127.0.0.1");
  PlainClient client(port->host());
  const int on = 1;
  ASSERT_EQ(::setsockopt(client.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), 0);
  std::string sent;
  const auto send_one = [&] {
    sent += static_cast<char>('a' + sent.size() % 26);
    client.send(sent.substr(sent.size() - 1));
  };
  server->configure = [&](Talker& talker) {
    talker.on_made = [&](Talker&) { send_one(); };
    talker.on_data = [&](Talker&, std::string_view) {
      sent.size() < 500 ? send_one() : t.reactor().stop();
    };
  };
  t.reactor().run();
  EXPECT_EQ(server->only().received, sent);
}

CASE("XP-PROTO-07", ThousandsThatComeAndGoAreToldApart,
     "of two thousand clients, half of which reset at once and half of which close, each "
     "connection is told of by its own reason, and the port goes on",
     "xp_reset_is_done") {
  constexpr std::size_t kClients = 2000;
  const auto server = talkers(t, "server");
  const auto port = query<ReactorTCP>(t.reactor()).listen_tcp(0, server, 50, "127.0.0.1");
  std::size_t come = 0, done = 0, lost = 0;
  std::optional<PlainClient> client;
  const std::function<void()> next = [&] {
    if (come++ == kClients) return t.reactor().stop();
    client.emplace(port->host());
    client->send("x");
  };
  server->configure = [&](Talker& talker) {
    talker.on_made = [&](Talker&) { come % 2 == 0 ? client->reset() : client->close(); };
    talker.on_lost = [&](Talker&, const Failure& reason) {
      reason.is<ConnectionDone>() ? ++done : ++lost;
      t.reactor().call_later(0s, next);
    };
  };
  t.reactor().call_later(0s, next);
  t.reactor().run();
  EXPECT_EQ(server->built.size(), kClients);
  EXPECT_EQ(done, kClients / 2);
  EXPECT_EQ(lost, kClients / 2);
}

CASE("XP-WRITE-01", PeerThatNeverReadsHoldsUpNobody,
     "while much is queued for a peer that does not read, others are served",
     "xp_write_waits_for_room") {
  const auto server = talkers(t, "server");
  const auto port = query<ReactorTCP>(t.reactor()).listen_tcp(0, server, 50, "127.0.0.1");
  const std::string much(20'000'000, 'n');
  PlainClient deaf(port->host()), good(port->host());
  good.send("?");
  server->configure = [&](Talker& talker) {
    talker.on_made = [&](Talker& self) { self.wire().write(much); };
    talker.on_data = [&](Talker& self, std::string_view) {
      self.wire().write("!");
      self.wire().lose_connection();
      good.on_end(t.reactor(), [&] { t.reactor().stop(); });
    };
  };
  t.reactor().run();
  ASSERT_EQ(server->built.size(), 2u);
  int done = 0;
  for (const auto& talker : server->built) {
    ASSERT_EQ(talker->losses.size(), 1u);
    done += talker->losses[0].is<ConnectionDone>();
  }
  EXPECT_EQ(done, 1) << "the other one ended by the reactor's stop";
}

CASE("XP-WRITE-02", SlowPeerGetsASequenceWhole,
     "a sequence for which the kernel has no room is sent whole", "xp_sequence_not_watched") {
  Meeting<> meeting(t);
  const std::string part(3'000'000, 'p');
  meeting.server->configure = [&](Talker& talker) {
    talker.on_made = [&](Talker& self) {
      const std::string_view parts[] = {part, "", part};
      self.wire().write_sequence(parts);
      self.wire().lose_connection();
    };
  };
  meeting.stop_when_over();
  meeting.run();
  EXPECT_EQ(meeting.client->only().received.size(), 2 * part.size());
}

CASE("XP-LOSE-04", NothingMoreOfAReadinessIsHandedOver,
     "a protocol that calls lose_connection() in data_received() gets no further piece of what had "
     "arrived by then",
     "xp_data_after_the_close") {
  const auto server = talkers(t, "server");
  const auto port = query<ReactorTCP>(t.reactor()).listen_tcp(0, server, 50, "127.0.0.1");
  PlainClient client(port->host());
  client.send("unwanted");
  int pieces = 0;
  server->configure = [&](Talker& talker) {
    talker.on_data = [&](Talker& self, std::string_view) {
      ++pieces;
      self.wire().lose_connection();
    };
    talker.on_lost = [&](Talker&, const Failure&) { t.reactor().stop(); };
  };
  t.reactor().run();
  EXPECT_EQ(pieces, 1);
}

CASE("XP-LOSE-04", NothingThatWasReadIsHandedOverLater,
     "what was read before lose_connection() is called is handed over before that, or never",
     "xp_data_delivered_later") {
  const auto server = talkers(t, "server");
  const auto port = query<ReactorTCP>(t.reactor()).listen_tcp(0, server, 50, "127.0.0.1");
  PlainClient client(port->host());
  bool closing = false;
  server->configure = [&](Talker& talker) {
    talker.on_data = [&](Talker&, std::string_view) { EXPECT_FALSE(closing); };
    talker.on_lost = [&](Talker&, const Failure&) { t.reactor().stop(); };
    t.reactor().call_later(0s, [&] {
      client.send("unwanted");  // may be read in this pass; the next begins with the close
      t.reactor().call_from_thread([&] {
        closing = true;
        server->only().wire().lose_connection();
      });
    });
  };
  t.reactor().run();
  EXPECT_TRUE(closing);
}

CASE("XP-WRITE-03", LateWriteReachesNobody,
     "what is written in and after connection_lost() reaches nobody, whoever has the number of the "
     "connection's socket by then",
     "xp_late_write_goes_to_the_number") {
  const auto server = talkers(t, "server");
  const auto port = query<ReactorTCP>(t.reactor()).listen_tcp(0, server, 50, "127.0.0.1");
  PlainClient client(port->host());
  const auto other = socket_pair();
  UniqueFd next;
  int number = -1;
  server->configure = [&](Talker& talker) {
    talker.on_made = [&](Talker& self) {
      number = dynamic_cast<Descriptor&>(self.wire()).fileno();
      self.wire().lose_connection();
    };
    talker.on_lost = [&](Talker& self, const Failure&) {
      next.reset(::dup3(other.first.get(), number, O_CLOEXEC));
      self.wire().write("too late");
      t.reactor().call_later(0s, [&] {
        self.wire().write("far too late");
        t.reactor().stop();
      });
    };
  };
  t.reactor().run();
  ASSERT_EQ(next.get(), number);
  char byte = 0;
  EXPECT_LT(::read(other.second.get(), &byte, 1), 0) << "its new owner's peer got it";
}

CASE("FD-WRITE-04", TransportsRaiseNoneOutsideARun,
     "a transport whose peer is gone raises no SIGPIPE when it is written to outside a run",
     "xp_send_raises_sigpipe") {
  EXPECT_EQ(in_a_child([&]() -> std::string {
              std::signal(SIGPIPE, SIG_DFL);
              const auto reactor = t.backend().make();
              auto [near, far] = socket_pair();
              const auto factory = talkers(t, "adopted");
              query<ReactorSocket>(*reactor).adopt_stream_connection(near.get(), factory);
              far.reset();
              factory->only().wire().write("x");
              return {};
            }),
            "");
}

}  // namespace
}  // namespace loopmark::conformance
