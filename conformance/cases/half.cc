// SPDX-License-Identifier: MIT
//
// Section 14, Half-close.
#include <sys/socket.h>

#include <stdexcept>

#include "conformance/cases/plain_client.h"
#include "conformance/talker.h"
#include "reactors/errors.h"

namespace loopmark::conformance {
namespace {

/// A half-close-aware (or ordinary) server that has accepted `client` and does `does` then.
template <class Kind = HalfCloseableTalker>
struct HalfVisit {
  HalfVisit(CaseContext& t, std::function<void(Kind&)> configure)
      : server(talkers<Kind>(t, "server")),
        port(query<ReactorTCP>(t.reactor()).listen_tcp(0, server, 50, "127.0.0.1")),
        client(port->host()) {
    server->configure = std::move(configure);
  }
  void client_ends_sending() { ::shutdown(client.fd(), SHUT_WR); }

  std::shared_ptr<TalkerFactory<Kind>> server;
  std::shared_ptr<ListeningPort> port;
  PlainClient client;
};

CASE("HALF-01", ReceivingGoesOn,
     "lose_write_connection() ends sending behind what was written, and receiving goes on",
     "half_write_ends_both") {
  HalfVisit<> visit(t, [&](HalfCloseableTalker& talker) {
    talker.on_made = [](Talker& self) {
      self.wire().write("the question");
      self.wire().lose_write_connection();
    };
    talker.on_write_lost = [&](Talker&) {
      EXPECT_EQ(visit.client.read_to_end(), "end");
      visit.client.send("the answer");
    };
    talker.on_data = [&](Talker& self, std::string_view) {
      if (self.received.size() == 10) t.reactor().stop();
    };
    talker.on_lost = [&](Talker& self, const Failure&) {
      EXPECT_EQ(self.received, "the answer");
      if (self.received.empty()) t.reactor().stop();
    };
  });
  t.reactor().run();
  EXPECT_EQ(visit.client.received(), "the question");
  EXPECT_EQ(visit.server->only().received, "the answer");
}

CASE("HALF-02", AwareProtocolHearsThatSendingHasEnded,
     "an aware protocol gets write_connection_lost() when its sending side is shut, and no "
     "connection_lost()",
     "half_write_unheard") {
  HalfVisit<> visit(t, [&](HalfCloseableTalker& talker) {
    talker.on_made = [&](Talker& self) {
      self.wire().lose_write_connection();
      t.reactor().call_later(0s, [&] {
        t.reactor().call_later(0s, [&] {
          EXPECT_EQ(visit.server->only().write_losses, 1);
          EXPECT_EQ(visit.server->only().losses.size(), 0u);
          t.reactor().stop();
        });
      });
    };
  });
  t.reactor().run();
}

CASE("HALF-03", AwareProtocolHearsThatReceivingHasEnded,
     "an aware protocol whose peer ends sending gets read_connection_lost() behind all data, and "
     "can still write",
     "half_read_ends_both") {
  HalfVisit<> visit(t, [&](HalfCloseableTalker& talker) {
    talker.on_read_lost = [&](Talker& self) {
      EXPECT_EQ(self.received, "the question");
      self.wire().write("the answer");
      self.wire().lose_connection();
    };
    talker.on_lost = [&](Talker&, const Failure&) { t.reactor().stop(); };
  });
  visit.client.send("the question");
  visit.client_ends_sending();
  t.reactor().run();
  EXPECT_EQ(visit.server->only().read_losses, 1);
  EXPECT_EQ(visit.client.read_to_end(), "end");
  EXPECT_EQ(visit.client.received(), "the answer");
}

CASE("HALF-03", WriteTellsOfAResetBehindTheHalfClose,
     "an aware protocol that has heard of its peer's half-close learns of a later reset by writing",
     "xp_send_error_ignored, xp_send_error_is_no_room") {
  HalfVisit<> visit(t, [&](HalfCloseableTalker& talker) {
    talker.on_read_lost = [&](Talker& self) {
      visit.client.reset();
      t.reactor().call_later(0s, [&] { self.wire().write("anybody there?"); });
    };
    talker.on_lost = [&](Talker&, const Failure&) { t.reactor().stop(); };
  });
  visit.client_ends_sending();
  t.reactor().run();
  ASSERT_EQ(visit.server->only().losses.size(), 1u);
  EXPECT_TRUE(visit.server->only().losses[0].is<ConnectionLost>());
}

CASE("HALF-04", OrdinaryProtocolLosesItAll,
     "to a protocol that is not aware, the peer's half-close is the end, with ConnectionDone",
     "half_ordinary_goes_on") {
  HalfVisit<Talker> visit(t, [&](Talker& talker) {
    talker.on_lost = [&](Talker&, const Failure&) { t.reactor().stop(); };
    t.reactor().call_later(0s, [&] { visit.client_ends_sending(); });
  });
  t.reactor().run();
  ASSERT_EQ(visit.server->only().losses.size(), 1u);
  EXPECT_TRUE(visit.server->only().losses[0].is<ConnectionDone>());
}

CASE("HALF-05", HalfClosingTowardsNobodyIsSilent,
     "lose_write_connection() when the peer is gone neither throws nor reports",
     "half_shutdown_must_succeed") {
  HalfVisit<> visit(t, [&](HalfCloseableTalker& talker) {
    talker.on_made = [&](Talker& self) {
      self.wire().pause_producing();
      visit.client.reset();
      EXPECT_NO_THROW(self.wire().lose_write_connection());
    };
    talker.on_write_lost = [&](Talker&) { t.reactor().stop(); };
    talker.on_lost = [&](Talker& self, const Failure&) {
      if (static_cast<HalfCloseableTalker&>(self).write_losses == 0) t.reactor().stop();
    };
  });
  t.reactor().run();
  EXPECT_EQ(t.take_errors().size(), 0u);
}

CASE("HALF-06", ThrowingNotificationsEndTheConnection,
     "an exception in read_connection_lost() is reported and ends the connection",
     "half_read_thrower_stays") {
  HalfVisit<> visit(t, [&](HalfCloseableTalker& talker) {
    talker.on_read_lost = [](Talker&) { throw std::runtime_error("read lost"); };
    talker.on_lost = [&](Talker&, const Failure&) { t.reactor().stop(); };
    t.reactor().call_later(0s, [&] { visit.client_ends_sending(); });
  });
  t.reactor().run();
  ASSERT_EQ(visit.server->only().losses.size(), 1u);
  EXPECT_EQ(visit.server->only().losses[0].message(), "read lost");
  EXPECT_EQ(t.take_errors().size(), 1u);
}

CASE("HALF-06", ThrowingWriteNotificationEndsTheConnection,
     "an exception in write_connection_lost() is reported and ends the connection",
     "half_write_thrower_stays") {
  HalfVisit<> visit(t, [&](HalfCloseableTalker& talker) {
    talker.on_made = [](Talker& self) { self.wire().lose_write_connection(); };
    talker.on_write_lost = [](Talker&) { throw std::runtime_error("write lost"); };
    talker.on_lost = [&](Talker&, const Failure&) { t.reactor().stop(); };
  });
  t.reactor().run();
  ASSERT_EQ(visit.server->only().losses.size(), 1u);
  EXPECT_EQ(visit.server->only().losses[0].message(), "write lost");
  EXPECT_EQ(t.take_errors().size(), 1u);
}

CASE("HALF-07", WritesAfterTheShutAreDropped,
     "what is written once the sending side is shut is dropped", "half_write_after_the_shut") {
  HalfVisit<> visit(t, [&](HalfCloseableTalker& talker) {
    talker.on_made = [](Talker& self) {
      self.wire().write("before");
      self.wire().lose_write_connection();
    };
    talker.on_write_lost = [&](Talker& self) {
      self.wire().write("after");
      visit.client.send("x");
    };
    talker.on_data = [&](Talker& self, std::string_view) {
      EXPECT_EQ(self.losses.size(), 0u);
      t.reactor().stop();
    };
    talker.on_lost = [&](Talker& self, const Failure& reason) {
      EXPECT_EQ(self.received, "x") << reason.message();
      if (self.received.empty()) t.reactor().stop();
    };
  });
  t.reactor().run();
  EXPECT_EQ(visit.client.read_to_end(), "end");
  EXPECT_EQ(visit.client.received(), "before");
}

CASE("HALF-09", DirectionsCanBeEndedInTheNotifications,
     "read_connection_lost() may shut the sending side, and write_connection_lost() may close",
     "half_shut_in_read_lost_ignored") {
  HalfVisit<> visit(t, [&](HalfCloseableTalker& talker) {
    talker.on_read_lost = [](Talker& self) { self.wire().lose_write_connection(); };
    talker.on_write_lost = [](Talker& self) { self.wire().lose_connection(); };
    talker.on_lost = [&](Talker&, const Failure&) { t.reactor().stop(); };
    t.reactor().call_later(0s, [&] { visit.client_ends_sending(); });
  });
  t.reactor().run();
  EXPECT_EQ(visit.server->only().losses.size(), 1u);
  EXPECT_EQ(visit.client.read_to_end(), "end");
}

CASE("HALF-11", ConnectionWithoutDirectionsIsOver,
     "when both directions have ended, connection_lost() comes by itself",
     "half_both_ends_unheard") {
  HalfVisit<> visit(t, [&](HalfCloseableTalker& talker) {
    talker.on_made = [](Talker& self) { self.wire().lose_write_connection(); };
    talker.on_write_lost = [&](Talker&) { visit.client_ends_sending(); };
    talker.on_lost = [&](Talker&, const Failure&) { t.log("over"); };
    talker.on_read_lost = [&](Talker&) {
      t.reactor().call_later(0s, [&] {
        t.reactor().call_later(0s, [&] {
          EXPECT_EQ(visit.server->only().losses.size(), 1u);
          t.reactor().stop();
        });
      });
    };
  });
  t.reactor().run();
  EXPECT_EQ(visit.server->only().losses.size(), 1u);
}

}  // namespace
}  // namespace loopmark::conformance
