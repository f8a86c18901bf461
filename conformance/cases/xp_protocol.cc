// SPDX-License-Identifier: MIT
//
// Section 12, Transport, protocol, factory: what a protocol is told, and what becomes of what it writes.
#include <algorithm>
#include <stdexcept>
#include <thread>

#include "conformance/cases/plain_client.h"
#include "conformance/talker.h"
#include "reactors/errors.h"

namespace loopmark::conformance {
namespace {

// More than the kernel takes for a peer that does not read: some of it is queued.
constexpr std::size_t kPiece = 100'003;
constexpr std::size_t kMuch = 200 * kPiece;

/// Bytes in which a piece that is lost, doubled or moved shows.
std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 1;
  for (char& byte : bytes) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<char>(state >> 24);
  }
  return bytes;
}

/// The client does what `says` on connection and the server, unless it was configured, only listens; runs until both have
/// lost the connection.
void run_to_end(CaseContext&, Meeting<>& meeting, std::function<void(Talker&)> says) {
  meeting.client->configure = [says = std::move(says)](Talker& talker) { talker.on_made = says; };
  meeting.stop_when_over();
  meeting.run();
}

CASE("XP-PROTO-01", FactoriesMakeLinkedProtocols,
     "the default build_protocol() makes a protocol of the factory's kind, and links it to the "
     "factory",
     "", .uncaught = "the factory is a template, and so the application's own code") {
  auto factory = std::make_shared<FactoryOf<Talker>>();
  const auto port = query<ReactorTCP>(t.reactor()).listen_tcp(0, factory, 50, "127.0.0.1");
  const auto built = factory->build_protocol(port->host());
  ASSERT_NE(std::dynamic_pointer_cast<Talker>(built), nullptr);
  EXPECT_EQ(built->factory, factory);
  t.run_window();
}

CASE("XP-PROTO-02", ProtocolIsToldInOrder,
     "a protocol is told connection_made(), data, connection_lost() once, and then nothing",
     "xp_made_again") {
  Meeting<> meeting(t);
  run_to_end(t, meeting, [](Talker& self) {
    self.wire().write("all");
    self.wire().lose_connection();
  });
  for (const auto& factory : {meeting.server, meeting.client}) {
    const Talker& talker = factory->only();
    EXPECT_EQ(talker.made, 1);
    EXPECT_EQ(talker.losses.size(), 1u);
  }
  EXPECT_EQ(meeting.server->only().received, "all");
}

CASE("XP-PROTO-03", TransportIsThereInConnectionMade,
     "inside connection_made() the transport can be written to and knows its addresses",
     "xp_no_addresses_when_made") {
  Meeting<> meeting(t);
  run_to_end(t, meeting, [&](Talker& self) {
    EXPECT_EQ(self.wire().peer(), meeting.port->host());
    EXPECT_NE(port_of(self.wire().host()), 0);
    self.wire().write("greeting");
    self.wire().lose_connection();
  });
  EXPECT_EQ(meeting.server->only().received, "greeting");
}

CASE("XP-PROTO-04", StreamKeepsOrderAndContent, "two hundred pieces arrive as their concatenation",
     "xp_queue_before_unsent") {
  Meeting<> meeting(t);
  const std::string bytes = pattern(200 * kPiece);
  run_to_end(t, meeting, [&](Talker& self) {
    for (std::size_t i = 0; i < 200; ++i)
      self.wire().write(std::string_view(bytes).substr(i * kPiece, kPiece));
    self.wire().lose_connection();
  });
  EXPECT_TRUE(meeting.server->only().received == bytes);
}

CASE("XP-PROTO-05", OneReadinessBringsAtMost64KiB,
     "data_received() gets at most 64 KiB, and the loop turns between two of them",
     "xp_reads_until_empty") {
  const auto server = talkers(t, "server");
  const auto port = query<ReactorTCP>(t.reactor()).listen_tcp(0, server, 50, "127.0.0.1");
  int passes = 0;
  std::vector<int> at_pass;
  std::function<void()> tick = [&] {
    ++passes;
    t.reactor().call_later(0s, tick);
  };
  PlainClient client(port->host());
  const std::string bytes = pattern(200'000);
  server->configure = [&](Talker& talker) {
    talker.on_made = [&](Talker& self) { self.wire().pause_producing(); };
    talker.on_data = [&](Talker& self, std::string_view) {
      at_pass.push_back(passes);
      if (self.received.size() == bytes.size()) t.reactor().stop();
    };
    t.reactor().call_later(0s, [&] {
      client.send(bytes);  // all is there when reading begins
      server->built.at(0)->wire().resume_producing();
      tick();
    });
  };
  t.reactor().run();
  EXPECT_LE(server->only().largest, 64u * 1024);
  EXPECT_TRUE(std::adjacent_find(at_pass.begin(), at_pass.end()) == at_pass.end())
      << "two pieces came in one pass";
}

CASE("XP-PROTO-06", DataBeforeTheCloseArrivesFirst,
     "all that a peer sent before it closed is delivered before connection_lost()",
     "xp_hangup_before_data") {
  // What the kernel has room for is there whole, and the close with it, before anything is read.
  for (const std::size_t size : {std::size_t{20'000}, std::size_t{300'000}}) {
    const auto server = talkers(t, "server");
    const auto port = query<ReactorTCP>(t.reactor()).listen_tcp(0, server, 50, "127.0.0.1");
    const std::string bytes = pattern(size);
    PlainClient client(port->host());
    std::size_t at_loss = 0;
    server->configure = [&](Talker& talker) {
      talker.on_lost = [&](Talker& self, const Failure&) {
        at_loss = self.received.size();
        t.reactor().stop();
      };
    };
    std::jthread peer([&] {
      client.send(bytes);
      client.close();
    });
    if (size < 100'000) peer.join();
    t.reactor().run();
    if (peer.joinable()) peer.join();
    EXPECT_EQ(at_loss, bytes.size());
    EXPECT_TRUE(server->only().received == bytes);
    ASSERT_EQ(server->only().losses.size(), 1u);
    EXPECT_TRUE(server->only().losses[0].is<ConnectionDone>());
  }
}

CASE("XP-PROTO-07", CloseIsDoneAndResetIsLost,
     "the peer's clean close gives ConnectionDone, its reset ConnectionLost", "xp_reset_is_done") {
  const auto server = talkers(t, "server");
  const auto port = query<ReactorTCP>(t.reactor()).listen_tcp(0, server, 50, "127.0.0.1");
  PlainClient closing(port->host()), resetting(port->host());
  const Address closes = closing.host();
  int over = 0;
  server->configure = [&](Talker& talker) {
    talker.on_made = [&](Talker& self) {
      if (self.wire().peer() == closes) return closing.close();
      resetting.reset();
    };
    talker.on_lost = [&](Talker& self, const Failure& reason) {
      const bool closed = self.wire().peer() == closes;
      EXPECT_EQ(reason.is<ConnectionDone>(), closed) << reason.message();
      EXPECT_EQ(reason.is<ConnectionLost>(), !closed) << reason.message();
      if (++over == 2) t.reactor().stop();
    };
  };
  t.reactor().run();
}

CASE("XP-PROTO-08", ThrowingDataReceivedCostsItsConnectionOnly,
     "an exception in data_received() is reported once and is the reason of its connection's end, "
     "and others go on",
     "xp_data_thrower_stays") {
  const auto server = talkers(t, "server");
  const auto port = query<ReactorTCP>(t.reactor()).listen_tcp(0, server, 50, "127.0.0.1");
  PlainClient bad(port->host()), good(port->host());
  bad.send("bad");
  server->configure = [&](Talker& talker) {
    talker.on_data = [&](Talker& self, std::string_view) {
      if (self.received == "bad") throw std::runtime_error("cannot parse");
      if (self.received == "good") t.reactor().stop();
    };
    talker.on_lost = [&](Talker&, const Failure& reason) {
      if (reason.message() == "cannot parse") good.send("good");
    };
  };
  t.reactor().run();
  EXPECT_EQ(bad.read_to_end(), "end");
  const auto errors = t.take_errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].failure.message(), "cannot parse");
}

CASE("XP-PROTO-09", ThrowingConnectionLostKeepsNothingBack,
     "an exception in connection_lost() is reported, and client_connection_lost() and the "
     "factory's stop still happen",
     "xp_lost_thrower_ends_it_all") {
  Meeting<> meeting(t);
  meeting.client->configure = [](Talker& talker) {
    talker.on_made = [](Talker& self) { self.wire().lose_connection(); };
    talker.on_lost = [](Talker&, const Failure&) { throw std::runtime_error("at the loss"); };
  };
  meeting.client->on_over = [&](Connector&, const Failure&) { t.reactor().stop(); };
  meeting.run();
  const auto errors = t.take_errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].failure.message(), "at the loss");
  EXPECT_EQ(meeting.client->losses.size(), 1u);
  EXPECT_EQ(meeting.client->stops, 1);
}

CASE("XP-PROTO-10", LostProtocolCanBeFreed,
     "after connection_lost() the reactor keeps no reference to the protocol", "xp_protocol_kept") {
  Meeting<> meeting(t);
  std::weak_ptr<Talker> lost;
  run_to_end(t, meeting, [&](Talker& self) { self.wire().lose_connection(); });
  lost = meeting.server->built.at(0);
  meeting.server->built.clear();
  EXPECT_TRUE(lost.expired());
}

CASE("XP-WRITE-01", WriteNeverBlocksOrCallsBack,
     "write() of 60 MB returns at once without calling the protocol, and all of it arrives",
     "xp_write_what_fits") {
  Meeting<> meeting(t);
  const std::string bytes = pattern(60'000'000);
  bool inside = false;
  meeting.server->configure = [&](Talker& talker) {
    talker.on_data = [&](Talker& self, std::string_view) {
      EXPECT_FALSE(inside);
      if (self.received.size() == bytes.size()) self.wire().write("!");
    };
  };
  meeting.client->configure = [&](Talker& talker) {
    talker.on_made = [&](Talker& self) {
      inside = true;
      self.wire().write(bytes);
      inside = false;
    };
    talker.on_data = [&](Talker&, std::string_view) { t.reactor().stop(); };
  };
  meeting.run();
  EXPECT_TRUE(meeting.server->only().received == bytes);
}

CASE("XP-WRITE-02", WriteSequenceIsItsParts,
     "write_sequence() puts the same bytes on the wire as a write() of each part",
     "xp_sequence_first_part_only") {
  Meeting<> meeting(t);
  run_to_end(t, meeting, [](Talker& self) {
    const std::string_view parts[] = {"one", "", "two", "three"};
    self.wire().write_sequence(parts);
    self.wire().write("|");
    self.wire().write_sequence(parts);
    self.wire().lose_connection();
  });
  EXPECT_EQ(meeting.server->only().received, "onetwothree|onetwothree");
}

CASE("XP-WRITE-03", WritingNothingOrTooLateDoesNothing,
     "writing nothing, or in or after connection_lost(), does nothing",
     "xp_late_write_throws, xp_write_of_nothing_waits") {
  Meeting<> meeting(t);
  meeting.server->configure = [](Talker& talker) {
    talker.on_lost = [](Talker& self, const Failure&) {
      self.wire().write("too late");
      self.wire().lose_connection();
      self.wire().abort_connection();
    };
  };
  meeting.client->configure = [](Talker& talker) {
    talker.on_made = [](Talker& self) {
      self.wire().write("");
      self.wire().lose_connection();
    };
  };
  meeting.client->on_over = [&](Connector&, const Failure&) {
    t.reactor().call_later(0s, [&] {
      meeting.client->only().wire().write("far too late");
      t.reactor().stop();
    });
  };
  meeting.run();
  EXPECT_EQ(meeting.server->only().received, "");
  EXPECT_EQ(meeting.client->only().received, "");
}

CASE("XP-WRITE-04", FullKernelBufferIsNoError,
     "what the kernel has no room for is kept, and sent when a slow peer has made room",
     "xp_small_writes_only, xp_rest_not_watched") {
  const auto server = talkers(t, "server");
  const auto port = query<ReactorTCP>(t.reactor()).listen_tcp(0, server, 50, "127.0.0.1");
  const std::string bytes = pattern(8'000'000);
  PlainClient client(port->host());
  server->configure = [&](Talker& talker) {
    talker.on_made = [&](Talker& self) {
      self.wire().write(bytes);
      self.wire().lose_connection();
    };
    talker.on_lost = [&](Talker&, const Failure&) { t.reactor().stop(); };
  };
  // The peer takes a little, each time the loop has nothing to do but wait for that.
  std::function<void()> take = [&] {
    client.read_some(100'000);
    t.reactor().call_later(0s, take);
  };
  t.reactor().call_later(0s, take);
  t.reactor().run();
  client.read_to_end();
  EXPECT_TRUE(client.received() == bytes);
}

CASE("XP-LOSE-01", LoseConnectionSendsWhatWasWritten,
     "lose_connection() closes behind the last byte written, however much is queued",
     "xp_lose_drops_the_queue") {
  Meeting<> meeting(t);
  const std::string bytes = pattern(kMuch);
  run_to_end(t, meeting, [&](Talker& self) {
    self.wire().write(bytes);
    self.wire().lose_connection();
  });
  EXPECT_TRUE(meeting.server->only().received == bytes);
}

CASE("XP-LOSE-02", LoseConnectionTellsLater,
     "lose_connection() returns before connection_lost() is called", "xp_lose_tells_inside") {
  Meeting<> meeting(t);
  run_to_end(t, meeting, [](Talker& self) {
    self.wire().lose_connection();
    EXPECT_EQ(self.losses.size(), 0u);
  });
}

CASE("XP-LOSE-03", LoserGetsConnectionDone,
     "the side that called lose_connection() gets ConnectionDone", "xp_lose_is_lost") {
  Meeting<> meeting(t);
  run_to_end(t, meeting, [](Talker& self) { self.wire().lose_connection(); });
  ASSERT_EQ(meeting.client->only().losses.size(), 1u);
  EXPECT_TRUE(meeting.client->only().losses[0].is<ConnectionDone>());
}

CASE("XP-LOSE-04", NothingIsReceivedAfterLoseConnection,
     "after lose_connection() no data_received() comes, whatever the peer still sends",
     "xp_lose_goes_on_reading") {
  Meeting<> meeting(t);
  meeting.server->configure = [](Talker& talker) {
    talker.on_made = [](Talker& self) { self.wire().write("wanted"); };
    talker.on_data = [](Talker& self, std::string_view) { self.wire().write("unwanted"); };
  };
  const std::string much = pattern(kMuch);
  meeting.client->configure = [&](Talker& talker) {
    talker.on_data = [&](Talker& self, std::string_view) {
      if (self.received != "wanted") return;  // it may come in pieces
      self.wire().write(much);
      self.wire().lose_connection();
    };
  };
  meeting.stop_when_over();
  meeting.run();
  EXPECT_EQ(meeting.client->only().received, "wanted");
}

CASE("XP-LOSE-05", LosingAgainDoesNothing,
     "lose_connection() again, and in connection_lost(), does nothing", "xp_lost_twice") {
  Meeting<> meeting(t);
  meeting.server->configure = [](Talker& talker) {
    talker.on_data = [](Talker& self, std::string_view) {
      self.wire().lose_connection();
      self.wire().lose_connection();
    };
  };
  run_to_end(t, meeting, [](Talker& self) {
    self.wire().write("x");
    self.wire().lose_connection();
    self.wire().lose_connection();
  });
  EXPECT_EQ(meeting.client->only().losses.size(), 1u);
  EXPECT_EQ(meeting.server->only().losses.size(), 1u);
}

CASE("XP-ADDR-01", BothEndsAgreeOnTheirAddresses,
     "what one end calls its host, the other calls its peer", "tcpl_builds_with_own_address") {
  Meeting<> meeting(t);
  run_to_end(t, meeting, [](Talker& self) { self.wire().lose_connection(); });
  const Transport& client = meeting.client->only().wire();
  const Transport& server = meeting.server->only().wire();
  EXPECT_EQ(client.host(), server.peer());
  EXPECT_EQ(client.peer(), server.host());
  EXPECT_EQ(meeting.server->peers, std::vector<Address>{client.host()});
}

}  // namespace
}  // namespace loopmark::conformance
