// SPDX-License-Identifier: MIT
//
// Section 12, Transport, protocol, factory: aborting, pausing, and options of the socket.
#include <stdexcept>

#include "conformance/cases/passes.h"
#include "conformance/cases/plain_client.h"
#include "conformance/talker.h"
#include "reactors/errors.h"

namespace loopmark::conformance {
namespace {

constexpr std::size_t kMuch = 8'000'000;
std::string much() {
  return std::string(kMuch, 'm');
}

/// A server of the reactor's and a plain client that is connected to it.
struct Visit {
  explicit Visit(CaseContext& t)
      : server(talkers(t, "server")),
        port(query<ReactorTCP>(t.reactor()).listen_tcp(0, server, 50, "127.0.0.1")),
        client(port->host()) {}

  std::shared_ptr<TalkerFactory<>> server;
  std::shared_ptr<ListeningPort> port;
  PlainClient client;
};

CASE("XP-ABORT-01", AbortDropsWhatIsQueued,
     "abort_connection() throws away what is not sent, and what is written afterwards",
     "xp_abort_sends_the_rest") {
  Visit visit(t);
  visit.server->configure = [&](Talker& talker) {
    talker.on_made = [](Talker& self) {
      self.wire().write(much());
      self.wire().abort_connection();
      self.wire().write("AFTER");
    };
    talker.on_lost = [&](Talker&, const Failure&) { t.reactor().stop(); };
  };
  t.reactor().run();
  EXPECT_EQ(visit.client.read_to_end(), "reset");
  EXPECT_LT(visit.client.received().size(), kMuch);
  EXPECT_EQ(visit.client.received().find("AFTER"), std::string::npos);
}

CASE("XP-ABORT-02", AbortTellsLater,
     "abort_connection() returns before connection_lost() is called", "xp_abort_tells_inside") {
  Visit visit(t);
  visit.server->configure = [&](Talker& talker) {
    talker.on_made = [](Talker& self) {
      self.wire().abort_connection();
      EXPECT_EQ(self.losses.size(), 0u);
    };
    talker.on_lost = [&](Talker&, const Failure&) { t.reactor().stop(); };
  };
  t.reactor().run();
}

CASE("XP-ABORT-03", AborterGetsConnectionAborted,
     "the aborting side gets ConnectionAborted, and its peer a reset", "xp_abort_closes_in_order") {
  Visit visit(t);
  visit.server->configure = [&](Talker& talker) {
    talker.on_made = [](Talker& self) { self.wire().abort_connection(); };
    talker.on_lost = [&](Talker&, const Failure&) { t.reactor().stop(); };
  };
  t.reactor().run();
  ASSERT_EQ(visit.server->only().losses.size(), 1u);
  EXPECT_TRUE(visit.server->only().losses[0].is<ConnectionAborted>());
  EXPECT_EQ(visit.client.read_to_end(), "reset");
}

CASE("XP-ABORT-04", AbortingTwiceIsHarmless,
     "aborting twice, and losing before or after it, brings one connection_lost()",
     "xp_lost_twice") {
  Meeting<> meeting(t);
  meeting.server->configure = [](Talker& talker) {
    talker.on_made = [](Talker& self) {
      self.wire().abort_connection();
      self.wire().abort_connection();
      self.wire().lose_connection();
    };
  };
  meeting.client->configure = [&](Talker& talker) {
    talker.on_made = [&](Talker& self) {
      // Not before the server has the connection: one that was aborted by then is none.
      after_passes(t, 2, [&] {
        self.wire().lose_connection();
        self.wire().abort_connection();
      });
    };
  };
  meeting.stop_when_over();
  meeting.run();
  EXPECT_EQ(meeting.server->only().losses.size(), 1u);
  EXPECT_EQ(meeting.client->only().losses.size(), 1u);
}

CASE("XP-ABORT-05", AbortDoesNotWaitForAPeerThatDoesNotRead,
     "a full queue and a peer that does not read do not hold up abort_connection()",
     "xp_abort_sends_the_rest") {
  Visit visit(t);
  visit.server->configure = [&](Talker& talker) {
    talker.on_made = [&](Talker& self) {
      self.wire().write(much());
      t.reactor().call_later(0s, [&self] { self.wire().abort_connection(); });
    };
    talker.on_lost = [&](Talker&, const Failure&) { t.reactor().stop(); };
  };
  t.reactor().run();
  ASSERT_EQ(visit.server->only().losses.size(), 1u);
  EXPECT_TRUE(visit.server->only().losses[0].is<ConnectionAborted>());
}

CASE("XP-ABORT-06", ExceptionAfterTheAbortIsTheReason,
     "an exception thrown after abort_connection() becomes the reason", "xp_abort_hides_the_bug") {
  Visit visit(t);
  visit.server->configure = [&](Talker& talker) {
    talker.on_data = [](Talker& self, std::string_view) {
      self.wire().abort_connection();
      throw std::runtime_error("a bug");
    };
    talker.on_lost = [&](Talker&, const Failure&) { t.reactor().stop(); };
  };
  visit.client.send("x");
  t.reactor().run();
  ASSERT_EQ(visit.server->only().losses.size(), 1u);
  EXPECT_EQ(visit.server->only().losses[0].message(), "a bug");
  EXPECT_EQ(t.take_errors().size(), 1u);
}

CASE("XP-ABORT-07", AbortLeavesNothingBehind,
     "after an abort the reactor has no descriptor and no delayed call left",
     "xp_abort_stays_watched") {
  Visit visit(t);
  visit.server->configure = [&](Talker& talker) {
    talker.on_made = [](Talker& self) {
      self.wire().write(much());
      self.wire().abort_connection();
    };
    talker.on_lost = [&](Talker&, const Failure&) {
      EXPECT_EQ(t.reactor().get_writers().size(), 0u);
      EXPECT_EQ(t.reactor().get_readers().size(), 1u) << "the port's";
      visit.port->stop_listening().add_both([&](const Failure&) {
        EXPECT_EQ(t.reactor().get_delayed_calls().size(), 0u);
        EXPECT_EQ(t.reactor().remove_all().size(), 0u);
        t.reactor().stop();
      });
    };
  };
  t.reactor().run();
}

CASE("XP-ABORT-03", StopInTheSameBatchIsNoReason,
     "a connection that was aborted, or had nothing more to send when it was closed, tells this "
     "reason also when the reactor is stopped in the same batch",
     "xp_stop_replaces_the_reason") {
  for (const bool abort : {true, false}) {
    Visit visit(t);
    visit.server->configure = [&](Talker& talker) {
      talker.on_made = [&](Talker& self) {
        abort ? self.wire().abort_connection() : self.wire().lose_connection();
        t.reactor().stop();
      };
    };
    t.reactor().run();
    ASSERT_EQ(visit.server->only().losses.size(), 1u);
    const Failure& reason = visit.server->only().losses[0];
    EXPECT_TRUE(abort ? reason.is<ConnectionAborted>() : reason.is<ConnectionDone>())
        << reason.message();
  }
}

CASE("XP-PAUSE-01", PausedTransportReadsNothing,
     "between pause_producing(), also in connection_made(), and resume_producing() nothing is read",
     "xp_pause_in_made_forgotten") {
  Visit visit(t);
  visit.client.send("early");
  std::string before_resume = "?";
  visit.server->configure = [&](Talker& talker) {
    talker.on_made = [&](Talker& self) {
      self.wire().pause_producing();
      t.reactor().call_later(0s, [&] {
        t.reactor().call_later(0s, [&] {
          before_resume = self.received;
          self.wire().resume_producing();
        });
      });
    };
    talker.on_data = [&](Talker& self, std::string_view) {
      if (self.received == "early") t.reactor().stop();
    };
  };
  t.reactor().run();
  EXPECT_EQ(before_resume, "");
  EXPECT_EQ(visit.server->only().received, "early");
}

CASE("XP-PAUSE-02", PausingLosesAndRepeatsNothing,
     "pausing and resuming again and again neither loses nor repeats data", "xp_resume_forgotten") {
  Meeting<> meeting(t);
  std::string bytes;
  for (int i = 0; i < 100'000; ++i) bytes += std::to_string(i);
  meeting.server->configure = [&](Talker& talker) {
    talker.on_data = [&](Talker& self, std::string_view) {
      self.wire().pause_producing();
      t.reactor().call_later(0s, [&self] { self.wire().resume_producing(); });
    };
  };
  meeting.client->configure = [&](Talker& talker) {
    talker.on_made = [&](Talker& self) {
      self.wire().write(bytes);
      self.wire().lose_connection();
    };
  };
  meeting.stop_when_over();
  meeting.run();
  EXPECT_TRUE(meeting.server->only().received == bytes);
}

CASE("XP-PAUSE-02", ResumedInTheSameCallReadsOn,
     "a transport that is paused and resumed inside data_received() reads on",
     "xp_resume_in_data_forgotten") {
  Visit visit(t);
  visit.server->configure = [&](Talker& talker) {
    talker.on_data = [&](Talker& self, std::string_view) {
      self.wire().pause_producing();
      self.wire().resume_producing();
      self.received == "a" ? visit.client.send("b") : t.reactor().stop();
    };
  };
  visit.client.send("a");
  t.reactor().run();
  EXPECT_EQ(visit.server->only().received, "ab");
}

CASE("XP-PAUSE-03", ResumingWhileClosingRegistersNothing,
     "resume_producing() while closing and after the end registers nothing",
     "xp_resume_while_closing") {
  Meeting<> meeting(t);
  meeting.server->configure = [](Talker& talker) {
    talker.on_made = [](Talker& self) { self.wire().write("unwanted"); };
  };
  meeting.client->configure = [](Talker& talker) {
    talker.on_made = [](Talker& self) {
      self.wire().write(much());
      self.wire().lose_connection();
      self.wire().resume_producing();
    };
    talker.on_lost = [](Talker& self, const Failure&) { self.wire().resume_producing(); };
  };
  meeting.client->on_over = [&](Connector&, const Failure&) {
    t.reactor().call_later(0s, [&] { t.reactor().stop(); });
  };
  meeting.run();
  EXPECT_EQ(meeting.client->only().received, "");
}

CASE("XP-PAUSE-04", CloseUnderAPauseIsToldAfterTheData,
     "a peer's close during a pause is told after the resume, behind the data", "xp_pause_drops") {
  Visit visit(t);
  visit.server->configure = [&](Talker& talker) {
    talker.on_made = [&](Talker& self) {
      self.wire().pause_producing();
      visit.client.send("the last words");
      visit.client.close();
      t.reactor().call_later(0s, [&] {
        t.reactor().call_later(0s, [&] {
          EXPECT_EQ(self.losses.size(), 0u);
          self.wire().resume_producing();
        });
      });
    };
    talker.on_lost = [&](Talker&, const Failure&) { t.reactor().stop(); };
  };
  t.reactor().run();
  EXPECT_EQ(visit.server->only().received, "the last words");
  ASSERT_EQ(visit.server->only().losses.size(), 1u);
  EXPECT_TRUE(visit.server->only().losses[0].is<ConnectionDone>());
}

CASE("XP-PAUSE-06", WritingToADeadPeerEndsAPausedConnection,
     "writing to a peer that has reset ends a paused connection with ConnectionLost",
     "xp_send_error_ignored, xp_send_error_is_no_room") {
  Visit visit(t);
  visit.server->configure = [&](Talker& talker) {
    talker.on_made = [&](Talker& self) {
      self.wire().pause_producing();
      visit.client.reset();
      t.reactor().call_later(0s, [&] { self.wire().write("anybody there?"); });
    };
    talker.on_lost = [&](Talker&, const Failure&) { t.reactor().stop(); };
  };
  t.reactor().run();
  ASSERT_EQ(visit.server->only().losses.size(), 1u);
  EXPECT_TRUE(visit.server->only().losses[0].is<ConnectionLost>());
}

CASE("XP-OPT-01", OptionsOfTheSocketCanBeSet, "TCP_NODELAY and SO_KEEPALIVE can be read and set",
     "xp_options_swapped") {
  Visit visit(t);
  visit.server->configure = [&](Talker& talker) {
    talker.on_made = [&](Talker& self) {
      Transport& wire = self.wire();
      wire.set_tcp_no_delay(true);
      EXPECT_TRUE(wire.tcp_no_delay());
      EXPECT_FALSE(wire.tcp_keep_alive());
      wire.set_tcp_no_delay(false);
      wire.set_tcp_keep_alive(true);
      EXPECT_FALSE(wire.tcp_no_delay());
      EXPECT_TRUE(wire.tcp_keep_alive());
      t.reactor().stop();
    };
  };
  t.reactor().run();
}

CASE("XP-LOG-01", LogPrefixNamesProtocolAndRole,
     "errors of a connection are reported under its protocol's own prefix and its role",
     "xp_prefix_without_role") {
  Visit visit(t);
  visit.server->configure = [&](Talker& talker) {
    talker.on_data = [](Talker&, std::string_view) { throw std::runtime_error("a bug"); };
    talker.on_lost = [&](Talker&, const Failure&) { t.reactor().stop(); };
  };
  visit.client.send("x");
  t.reactor().run();
  const auto errors = t.take_errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].context, "server,Server");
}

}  // namespace
}  // namespace loopmark::conformance
