// SPDX-License-Identifier: MIT
//
// Section 16, UDP: datagrams that are sent, received and refused.
#include <algorithm>
#include <stdexcept>

#include "conformance/datagram_talker.h"
#include "reactors/services/network_errors.h"

namespace loopmark::conformance {
namespace {

using Texts = std::vector<std::string>;

/// Two ports of one reactor on loopback.
struct Exchange {
  explicit Exchange(CaseContext& t)
      : near(datagram_talker(t, "near")),
        far(datagram_talker(t, "far")),
        near_port(listen_udp(t, near)),
        far_port(listen_udp(t, far)) {}

  std::shared_ptr<DatagramTalker> near;
  std::shared_ptr<DatagramTalker> far;
  std::shared_ptr<ListeningPort> near_port;
  std::shared_ptr<ListeningPort> far_port;
};

/// An address of loopback at which nobody listens: nobody else gets the number while the case runs.
Address deserted(CaseContext& t) {
  const auto port = listen_udp(t, datagram_talker(t, "gone"));
  t.reactor().call_later(0s, [port] { port->stop_listening(); });
  t.run_window();
  return port->host();
}

CASE("UDP-04", DatagramsKeepTheirBorders,
     "each datagram, empty ones too, brings one datagram_received() with its sender's address",
     "udp_empty_is_nothing") {
  Exchange both(t);
  for (const char* text : {"1", "", "2"}) both.far->wire().write(text, both.near_port->host());
  t.run_window();
  EXPECT_EQ(both.near->received, (Texts{"1", "", "2"}));
  EXPECT_EQ(both.near->senders, std::vector<Address>(3, both.far_port->host()));
}

CASE("UDP-05", EachWriteIsOneDatagramAtOnce,
     "write() and write_sequence() each hand one datagram to the kernel inside the call",
     "udp_parts_are_datagrams") {
  Exchange both(t);
  both.far->wire().write("one", both.near_port->host());
  const std::string_view parts[] = {"t", "", "wo"};
  both.far->wire().write_sequence(parts, both.near_port->host());
  const Deferred stopped = both.far->wire().stop_listening();  // what is not sent now never is
  t.run_window();
  EXPECT_EQ(both.near->received, (Texts{"one", "two"}));
}

CASE("UDP-06", TooLongADatagramThrows,
     "a datagram that no packet can hold throws MessageLengthError", "udp_too_long_is_dropped") {
  Exchange both(t);
  EXPECT_THROW(both.far->wire().write(std::string(70'000, 'x'), both.near_port->host()),
               MessageLengthError);
  both.far->wire().write("after", both.near_port->host());
  t.run_window();
  EXPECT_EQ(both.near->received, Texts{"after"});
}

CASE("UDP-07", OnlyLiteralsOfTheFamilyAreAddresses,
     "a name, or an address of another family, throws InvalidAddressError in listening, writing "
     "and connecting",
     "udp_any_family") {
  Exchange both(t);
  for (const Address& wrong : {Address(IPv4Address{"localhost", 9}),
                               Address(IPv6Address{"::1", 9, 0}), Address(UNIXAddress{"/tmp/x"})}) {
    EXPECT_THROW(both.near->wire().write("x", wrong), InvalidAddressError) << to_string(wrong);
    EXPECT_THROW(both.near->wire().connect(wrong), InvalidAddressError) << to_string(wrong);
  }
  EXPECT_THROW(listen_udp(t, both.near, 0, "localhost"), InvalidAddressError);
  t.run_window();
}

CASE("UDP-08", ConnectFixesThePeer,
     "after connect(), a write needs no address, nothing comes from others, and a second connect() "
     "throws",
     "udp_connects_again") {
  Exchange both(t);
  const auto third = datagram_talker(t, "third");
  const auto third_port = listen_udp(t, third);
  EXPECT_THROW(both.near->wire().write("whereto"), std::logic_error);
  both.near->wire().connect(both.far_port->host());
  EXPECT_THROW(both.near->wire().connect(third_port->host()), AlreadyConnectedError);
  EXPECT_THROW(both.near->wire().write("x", third_port->host()), InvalidAddressError);
  third->wire().write("from another", both.near_port->host());
  both.near->wire().write("hello");
  both.far->on_datagram = [&](DatagramTalker& self, std::string_view) {
    self.wire().write("answer", self.senders.back());
  };
  t.run_window(5);
  EXPECT_EQ(both.far->received, Texts{"hello"});
  EXPECT_EQ(both.near->received, Texts{"answer"});
}

/// A connected port writes to where nobody listens, until it is told so; then somebody does, and gets the next datagram.
void outlive_a_refusal(CaseContext& t, int writes) {
  const Address where = deserted(t);
  const auto near = datagram_talker(t, "near"), late = datagram_talker(t, "late");
  const auto port = listen_udp(t, near);
  near->wire().connect(where);
  std::shared_ptr<ListeningPort> late_port;
  near->on_refused = [&](DatagramTalker& self) {
    if (late_port) return;
    late_port = listen_udp(t, late, port_of(where));
    self.wire().write("now");
  };
  for (int i = 0; i < writes; ++i) near->wire().write("nobody hears this");
  t.run_window(5);
  EXPECT_GE(near->refusals, 1);
  EXPECT_EQ(late->received, Texts{"now"});
}

CASE("UDP-09", ConnectedPortOutlivesARefusal,
     "a connected port tells of a refused datagram by connection_refused(), and goes on when "
     "somebody listens there",
     "udp_refusal_closes") {
  outlive_a_refusal(t, 1);
}

CASE("UDP-09", RefusalThatAWriteIsToldOf,
     "so it does when the next write finds the refusal of the one before it",
     "udp_refusal_by_a_write_closes") {
  outlive_a_refusal(t, 2);
}

CASE("UDP-10", RefusalBetweenWritesIsTold,
     "connection_refused() comes for an error that arrives while nothing is written, and the port "
     "stays open",
     "udp_refusal_unheard") {
  const Address where = deserted(t);
  const auto near = datagram_talker(t, "near");
  const auto port = listen_udp(t, near);
  near->wire().connect(where);
  int before_the_stop = -1;
  t.reactor().add_system_event_trigger(Phase::kBefore, "shutdown",
                                       [&] { before_the_stop = near->stops; });
  near->wire().write("only one");
  t.run_window();
  EXPECT_EQ(near->refusals, 1);
  EXPECT_EQ(before_the_stop, 0);
}

CASE("UDP-11", UnconnectedPortPassesOverRefusals,
     "an unconnected port does not tell of a refusal, and receives what comes after it",
     "udp_refusal_of_anybody_told") {
  const Address where = deserted(t);
  Exchange both(t);
  both.near->wire().write("nobody there", where);
  both.far->wire().write("hello", both.near_port->host());
  t.run_window();
  EXPECT_EQ(both.near->received, Texts{"hello"});
  EXPECT_EQ(both.near->refusals, 0);
}

CASE("UDP-12", ThrowingProtocolLosesThatDatagramOnly,
     "an exception in datagram_received() is reported for each datagram, and the others of the "
     "same readiness are delivered",
     "udp_thrower_is_closed") {
  Exchange both(t);
  int before_the_stop = -1;
  t.reactor().add_system_event_trigger(Phase::kBefore, "shutdown",
                                       [&] { before_the_stop = both.near->stops; });
  both.near->on_datagram = [](DatagramTalker&, std::string_view) {
    throw std::runtime_error("I do not like it");
  };
  for (const char* text : {"1", "2", "3"}) both.far->wire().write(text, both.near_port->host());
  t.run_window();
  EXPECT_EQ(both.near->received, (Texts{"1", "2", "3"}));
  EXPECT_EQ(t.take_errors().size(), 3u);
  EXPECT_EQ(before_the_stop, 0);
}

CASE("UDP-17", FloodDoesNotStarveTheRest,
     "one readiness takes several datagrams, but leaves room for a delayed call while they keep "
     "coming",
     "udp_reads_until_empty") {
  Exchange both(t);
  const std::string block(8192, 'f');
  bool called = false;
  int most = 0, in_a_row = 0;
  both.near->on_datagram = [&](DatagramTalker&, std::string_view) {
    most = std::max(most, ++in_a_row);
    if (both.near->received.size() > 2000) return t.reactor().stop();
    if (!called) both.far->wire().write(block, both.near_port->host());  // it never ends by itself
  };
  for (int i = 0; i < 3; ++i) both.far->wire().write(block, both.near_port->host());
  t.reactor().call_later(0s, [&] {
    t.reactor().call_later(0s, [&] {
      called = true;
      t.reactor().stop();
    });
  });
  t.reactor().run();
  EXPECT_TRUE(called);
  EXPECT_GE(most, 3);
  EXPECT_LE(both.near->received.size(), 200u) << "two passes";
}

CASE("UDP-19", Ipv6IsServed, "IPv6 literals work for listening, writing and connecting",
     "udp_ipv6_without_its_number") {
  const auto near = datagram_talker(t, "near"), far = datagram_talker(t, "far");
  const auto near_port = listen_udp(t, near, 0, "::1"), far_port = listen_udp(t, far, 0, "::1");
  ASSERT_TRUE(std::holds_alternative<IPv6Address>(near_port->host()));
  near->wire().connect(far_port->host());
  near->wire().write("hello");
  far->on_datagram = [](DatagramTalker& self, std::string_view) {
    self.wire().write("answer", self.senders.back());
  };
  t.run_window(5);
  EXPECT_EQ(far->received, Texts{"hello"});
  EXPECT_EQ(far->senders, std::vector<Address>{near_port->host()});
  EXPECT_EQ(near->received, Texts{"answer"});
}

CASE("UDP-21", LongDatagramIsCutOff,
     "a datagram longer than the largest packet size arrives with so many bytes",
     "udp_packet_size_ignored") {
  const auto near = datagram_talker(t, "near"), far = datagram_talker(t, "far");
  const auto near_port = query<ReactorUDP>(t.reactor()).listen_udp(0, near, "127.0.0.1", 100);
  const auto far_port = listen_udp(t, far);
  far->wire().write(std::string(300, 'l'), near_port->host());
  far->wire().write("short", near_port->host());
  t.run_window();
  EXPECT_EQ(near->received, (Texts{std::string(100, 'l'), "short"}));
}

}  // namespace
}  // namespace loopmark::conformance
