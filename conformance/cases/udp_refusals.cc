// SPDX-License-Identifier: MIT
//
// Section 16, UDP: datagrams that are refused.
#include <netinet/in.h>
#include <poll.h>

#include <stdexcept>

#include "conformance/cases/plain_datagrams.h"
#include "conformance/datagram_talker.h"
#include "reactors/services/socket_options.h"

namespace loopmark::conformance {
namespace {

using Texts = std::vector<std::string>;

/// A port on loopback, and a number at which its datagrams are refused.
struct Refusal {
  explicit Refusal(CaseContext& t) : near(datagram_talker(t)), port(listen_udp(t, near)) {
    peer.refuse_all();
  }

  std::shared_ptr<DatagramTalker> near;
  std::shared_ptr<ListeningPort> port;
  PlainDatagrams peer;
};

CASE("UDP-09", ConnectedPortOutlivesARefusal,
     "a connected port tells of a refused datagram by connection_refused(), and exchanges others "
     "when somebody listens there",
     "udp_refusal_closes, udp_refusal_ends_reading") {
  Refusal refusal(t);
  refusal.near->wire().connect(refusal.peer.host());
  refusal.near->on_refused = [&](DatagramTalker& self) {
    refusal.peer.listen_to(refusal.port->host());
    self.wire().write("found");
    refusal.peer.send("answer", refusal.port->host());
  };
  refusal.near->wire().write("lost");
  run_until(t, [&] { return !refusal.near->received.empty(); });
  EXPECT_EQ(refusal.peer.take(), Texts{"found"});
  EXPECT_EQ(refusal.near->received, Texts{"answer"});
  EXPECT_EQ(t.events(), (Texts{"near start", "near refused", "stopping", "near stop"}));
}

CASE("UDP-09", WriteThatMeetsARefusalIsSent,
     "a write that is told of an earlier datagram's refusal throws nothing, and sends its own",
     "udp_refused_write_is_lost") {
  Refusal refusal(t);
  refusal.near->wire().connect(refusal.peer.host());
  refusal.near->wire().write("lost");
  settle();
  refusal.peer.listen_to(refusal.port->host());
  EXPECT_NO_THROW(refusal.near->wire().write("found"));
  settle();
  EXPECT_EQ(refusal.peer.take(), Texts{"found"});
  t.run_window();
}

CASE("UDP-09", RefusalMetByAWriteIsTold,
     "connection_refused() comes for a refusal that a write has met, and never inside that write",
     "udp_refusal_of_a_write_unheard") {
  Refusal refusal(t);
  refusal.near->wire().connect(refusal.peer.host());
  refusal.near->wire().write("lost");
  settle();
  refusal.peer.listen_to(refusal.port->host());
  refusal.near->wire().write("found");
  EXPECT_EQ(refusal.near->refusals, 0);
  run_to_the_end(t);
  EXPECT_EQ(t.events(), (Texts{"near start", "near refused", "stopping", "near stop"}));
}

CASE("UDP-10", RefusalBetweenWritesIsTold,
     "connection_refused() comes, once, for an error that arrives while nothing is written, and "
     "the port stays open",
     "udp_refusal_unheard") {
  Refusal refusal(t);
  refusal.near->wire().connect(refusal.peer.host());
  refusal.near->wire().write("the only one");
  run_to_the_end(t);
  EXPECT_EQ(t.events(), (Texts{"near start", "near refused", "stopping", "near stop"}));
}

CASE("UDP-10", ThrowingConnectionRefusedIsReported,
     "an exception in connection_refused() is reported, and the port stays open",
     "udp_thrower_in_refused_is_closed") {
  Refusal refusal(t);
  refusal.near->wire().connect(refusal.peer.host());
  refusal.near->on_refused = [](DatagramTalker&) { throw std::runtime_error("not so"); };
  refusal.near->wire().write("the only one");
  run_to_the_end(t);
  const std::vector<ErrorReport> errors = t.take_errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].failure.message(), "not so");
  EXPECT_EQ(t.events(), (Texts{"near start", "near refused", "stopping", "near stop"}));
}

/// Asks the kernel to tell the port of refusals, which it does for connected sockets only unless asked to (ip(7)), and has
/// one of its datagrams refused.
void have_one_refused(CaseContext& t, Refusal& refusal) {
  int port = -1;
  for (const auto& reader : t.reactor().get_readers()) {
    if (dynamic_cast<const ListeningPort*>(reader.get()) == refusal.port.get())
      port = reader->fileno();
  }
  set_socket_option(port, IPPROTO_IP, IP_RECVERR, 1);
  refusal.near->wire().write("lost", refusal.peer.host());
  settle();
  pollfd socket{port, 0, 0};
  EXPECT_EQ(::poll(&socket, 1, 0), 1) << "nothing was refused";
}

CASE("UDP-11", UnconnectedPortPassesOverARefusal,
     "an unconnected port that meets a refusal does not tell of it, and receives what comes next",
     "udp_refusal_of_anybody_told") {
  Refusal refusal(t);
  have_one_refused(t, refusal);
  PlainDatagrams().send("hello", refusal.port->host());
  run_until(t, [&] { return !refusal.near->received.empty(); });
  EXPECT_EQ(refusal.near->received, Texts{"hello"});
  EXPECT_EQ(t.events(), (Texts{"near start", "stopping", "near stop"}));
}

CASE("UDP-11", UnconnectedPortWritesAfterARefusal,
     "a write of an unconnected port that is told of an earlier datagram's refusal throws nothing, "
     "and sends its own",
     "udp_refused_write_is_lost") {
  Refusal refusal(t);
  PlainDatagrams other;
  have_one_refused(t, refusal);
  EXPECT_NO_THROW(refusal.near->wire().write("hello", other.host()));
  settle();
  EXPECT_EQ(other.take(), Texts{"hello"});
  t.run_window();
  EXPECT_EQ(refusal.near->refusals, 0);
}

}  // namespace
}  // namespace loopmark::conformance
