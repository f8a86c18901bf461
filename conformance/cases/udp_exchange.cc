// SPDX-License-Identifier: MIT
//
// Section 16, UDP: datagrams that are sent and received.
#include <algorithm>
#include <stdexcept>

#include "conformance/cases/plain_datagrams.h"
#include "conformance/datagram_talker.h"
#include "conformance/kernel.h"
#include "reactors/services/network_errors.h"

namespace loopmark::conformance {
namespace {

using Texts = std::vector<std::string>;

/// A port on loopback, and a plain socket to talk with it.
struct Exchange {
  explicit Exchange(CaseContext& t) : near(datagram_talker(t)), port(listen_udp(t, near)) {}

  /// The plain socket sends these, and they arrive.
  void send_all(const Texts& texts) {
    for (const std::string& text : texts) plain.send(text, port->host());
    settle();
  }

  std::shared_ptr<DatagramTalker> near;
  std::shared_ptr<ListeningPort> port;
  PlainDatagrams plain;
};

CASE("UDP-04", DatagramsKeepTheirBorders,
     "each datagram, empty ones too, brings one datagram_received() with its sender's address",
     "udp_empty_is_nothing, udp_empty_is_the_end, udp_batch_reversed") {
  Exchange both(t);
  both.send_all({"1", "", "2"});
  PlainDatagrams other;
  other.send("3", both.port->host());
  run_until(t, [&] { return both.near->received.size() >= 4; });
  EXPECT_EQ(both.near->received, (Texts{"1", "", "2", "3"}));
  const Address plain = both.plain.host();
  EXPECT_EQ(both.near->senders, (std::vector<Address>{plain, plain, plain, other.host()}));
}

CASE("UDP-05", WritesAreNotQueued,
     "write() and write_sequence() hand their datagram to the kernel inside the call, before any "
     "run",
     "udp_sends_later") {
  Exchange both(t);
  both.near->wire().write("one", both.plain.host());
  const std::string_view parts[] = {"t", "wo"};
  both.near->wire().write_sequence(parts, both.plain.host());
  settle();
  EXPECT_EQ(both.plain.take(), (Texts{"one", "two"}));
  run_to_the_end(t);
  EXPECT_EQ(both.plain.take(), Texts{}) << "sent twice";
}

CASE("UDP-05", EachWriteIsOneDatagram,
     "write() sends one datagram, and so does write_sequence(), of however many parts, to an "
     "address and to the peer alike",
     "udp_parts_are_datagrams, udp_empty_is_not_sent") {
  Exchange both(t);
  const std::vector<std::string_view> parts{"a", "", "bc"}, none, many(3000, "m");
  both.near->wire().write("", both.plain.host());
  both.near->wire().write_sequence(parts, both.plain.host());
  both.near->wire().write_sequence(none, both.plain.host());
  both.near->wire().write_sequence(many, both.plain.host());
  both.near->wire().connect(both.plain.host());
  both.near->wire().write("");
  both.near->wire().write_sequence(parts);
  settle();
  EXPECT_EQ(both.plain.take(), (Texts{"", "abc", "", std::string(3000, 'm'), "", "abc"}));
  t.run_window();
}

CASE("UDP-06", TooLongADatagramThrows,
     "a datagram that no packet can hold throws MessageLengthError at the write, and the port goes "
     "on",
     "udp_too_long_is_dropped") {
  Exchange both(t);
  const std::string much(70'000, 'x');
  const std::vector<std::string_view> parts(2, std::string_view(much).substr(0, 35'000));
  EXPECT_THROW(both.near->wire().write(much, both.plain.host()), MessageLengthError);
  EXPECT_THROW(both.near->wire().write_sequence(parts, both.plain.host()), MessageLengthError);
  both.near->wire().connect(both.plain.host());
  EXPECT_THROW(both.near->wire().write(much), MessageLengthError);
  both.near->wire().write("short");
  settle();
  EXPECT_EQ(both.plain.take(), Texts{"short"});
  t.run_window();
}

CASE("UDP-07", OtherFamiliesAreRefused,
     "an address of another family than the port's throws InvalidAddressError in writing and "
     "connecting",
     "udp_any_family") {
  Exchange both(t);
  const auto six = datagram_talker(t, "six");
  const auto six_port = listen_udp(t, six, 0, "::1");
  const Address v4 = IPv4Address{"127.0.0.1", 9}, v6 = IPv6Address{"::1", 9, 0},
                path = UNIXAddress{"/tmp/x"};
  const std::vector<std::pair<std::shared_ptr<DatagramTalker>, Address>> pairs{
      {both.near, v6}, {both.near, path}, {six, v4}, {six, path}};
  for (const auto& [talker, wrong] : pairs) {
    EXPECT_THROW(talker->wire().write("x", wrong), InvalidAddressError) << to_string(wrong);
    EXPECT_THROW(talker->wire().connect(wrong), InvalidAddressError) << to_string(wrong);
  }
  t.run_window();
}

CASE("UDP-07", NamesAreRefused,
     "a host that is no literal throws InvalidAddressError in listening, writing and connecting",
     "udp_names_are_other_errors") {
  Exchange both(t);
  for (const char* host : {"localhost", "no.literal", "127.0.0.1.1", ""}) {
    EXPECT_THROW(both.near->wire().write("x", IPv4Address{host, 9}), InvalidAddressError) << host;
    EXPECT_THROW(both.near->wire().connect(IPv4Address{host, 9}), InvalidAddressError) << host;
  }
  const auto second = datagram_talker(t, "second");
  EXPECT_THROW(listen_udp(t, second, 0, "localhost"), InvalidAddressError);
  EXPECT_EQ(second->starts, 0);
  t.run_window();
}

CASE("UDP-08", PeerNeedsNoAddress,
     "a write without an address needs connect(), goes to the peer then, and a second connect() "
     "throws",
     "udp_connects_again") {
  Exchange both(t);
  PlainDatagrams other;
  EXPECT_THROW(both.near->wire().write("whereto"), std::logic_error);
  both.near->wire().connect(both.plain.host());
  EXPECT_THROW(both.near->wire().connect(other.host()), AlreadyConnectedError);
  both.near->wire().write("without");
  both.near->wire().write(", with", both.plain.host());
  EXPECT_THROW(both.near->wire().write("astray", other.host()), InvalidAddressError);
  settle();
  EXPECT_EQ(both.plain.take(), (Texts{"without", ", with"}));
  EXPECT_EQ(other.take(), Texts{});
  t.run_window();
}

CASE("UDP-08", OnlyThePeerIsHeard, "a connected port receives from its peer and from nobody else",
     "udp_peer_is_only_remembered") {
  Exchange both(t);
  PlainDatagrams other;
  both.near->wire().connect(both.plain.host());
  other.send("from another", both.port->host());
  both.send_all({"from the peer"});
  run_to_the_end(t);
  EXPECT_EQ(both.near->received, Texts{"from the peer"});
}

CASE("UDP-12", ThrowingProtocolLosesThatDatagramOnly,
     "an exception in datagram_received() is reported for each datagram, and the others of the "
     "same readiness are delivered",
     "udp_thrower_is_closed") {
  Exchange both(t);
  std::vector<std::size_t> waits;
  both.near->on_datagram = [&](DatagramTalker&, std::string_view data) {
    waits.push_back(kernel::wait_count());
    throw std::runtime_error("I do not like " + std::string(data));
  };
  both.send_all({"1", "2", "3"});
  run_to_the_end(t);
  EXPECT_EQ(both.near->received, (Texts{"1", "2", "3"}));
  EXPECT_EQ(waits, std::vector<std::size_t>(3, waits.at(0))) << "another wait, another readiness";
  const std::vector<ErrorReport> errors = t.take_errors();
  ASSERT_EQ(errors.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(errors[i].failure.message(), "I do not like " + both.near->received[i]);
    EXPECT_TRUE(errors[i].context.starts_with("near")) << errors[i].context;
  }
  EXPECT_EQ(t.events(), (Texts{"near start", "stopping", "near stop"}));
}

CASE("UDP-16", PortCanBeStoppedInDatagramReceived,
     "a port that is stopped inside datagram_received() delivers nothing more of what is waiting, "
     "and is closed in order",
     "udp_delivers_after_the_stop") {
  Exchange both(t);
  both.near->on_datagram = [&](DatagramTalker& self, std::string_view) {
    self.wire().stop_listening().add_both([&](const Failure&) { t.log("completed"); });
    t.log("returned");
  };
  both.send_all({"1", "2", "3"});
  run_to_the_end(t);
  EXPECT_EQ(both.near->received, Texts{"1"});
  EXPECT_EQ(t.events(), (Texts{"near start", "returned", "near stop", "completed", "stopping"}));
}

CASE("UDP-17", OneReadinessTakesSeveral, "datagrams that wait together are received after one wait",
     "udp_one_a_readiness") {
  Exchange both(t);
  std::vector<std::size_t> waits;
  both.near->on_datagram = [&](DatagramTalker&, std::string_view) {
    waits.push_back(kernel::wait_count());
  };
  both.send_all(Texts(10, "together"));
  run_until(t, [&] { return waits.size() >= 10; });
  EXPECT_EQ(waits, std::vector<std::size_t>(10, waits.at(0)));
}

CASE("UDP-17", FloodDoesNotStarveTheRest,
     "a delayed call is made while datagrams keep coming, and not behind the last of them",
     "udp_reads_until_empty") {
  Exchange both(t);
  const std::string block(8000, 'f');
  bool called = false;
  both.near->on_datagram = [&](DatagramTalker& self, std::string_view) {
    if (!called && self.received.size() < 500) self.wire().write(block, both.port->host());
  };
  both.send_all(Texts(8, block));  // eight are under way at any time, until there were 4 MB
  t.reactor().call_later(0s, [&] {
    t.reactor().call_later(0s, [&] { called = true; });  // behind the first readiness
  });
  run_until(t, [&] { return called && both.near->received.size() < 500; });
  EXPECT_LT(both.near->received.size(), 500u);
}

CASE("UDP-19", Ipv6IsServed, "IPv6 literals work for listening, writing and connecting",
     "udp_ipv6_without_its_number") {
  PlainDatagrams plain(IPv6Address{"::1", 0, 0});
  const auto near = datagram_talker(t);
  const auto port = listen_udp(t, near, 0, "::1");
  ASSERT_TRUE(std::holds_alternative<IPv6Address>(port->host())) << to_string(port->host());
  EXPECT_EQ(std::get<IPv6Address>(port->host()).host, "::1");
  near->wire().write("written", plain.host());
  near->wire().connect(plain.host());
  near->wire().write(", connected");
  settle();
  EXPECT_EQ(plain.take(), (Texts{"written", ", connected"}));
  plain.send("answer", port->host());
  run_until(t, [&] { return !near->received.empty(); });
  EXPECT_EQ(near->received, Texts{"answer"});
  EXPECT_EQ(near->senders, std::vector<Address>{plain.host()});
}

CASE("UDP-21", LongDatagramIsCutOff,
     "a datagram longer than the largest packet size arrives with as many bytes as that, and the "
     "next one whole",
     "udp_packet_size_ignored") {
  PlainDatagrams plain;
  const auto near = datagram_talker(t);
  const auto port = query<ReactorUDP>(t.reactor()).listen_udp(0, near, "127.0.0.1", 100);
  plain.send(std::string(300, 'l'), port->host());
  plain.send(std::string(100, 's'), port->host());
  run_until(t, [&] { return near->received.size() >= 2; });
  EXPECT_EQ(near->received, (Texts{std::string(100, 'l'), std::string(100, 's')}));
}

}  // namespace
}  // namespace loopmark::conformance
