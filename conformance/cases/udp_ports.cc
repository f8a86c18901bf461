// SPDX-License-Identifier: MIT
//
// Section 16, UDP: ports and their protocols.
#include <algorithm>
#include <stdexcept>

#include "conformance/datagram_talker.h"
#include "reactors/services/network_errors.h"

namespace loopmark::conformance {
namespace {

using Events = std::vector<std::string>;

CASE("UDP-01", PortIsBoundWhenTheCallReturns,
     "listen_udp() binds inside the call, and port 0 becomes a real number",
     "udp_host_as_asked_for") {
  const auto port = listen_udp(t, datagram_talker(t, "near"));
  EXPECT_NE(port_of(port->host()), 0);
  EXPECT_EQ(port->host(), Address(IPv4Address({"127.0.0.1", port_of(port->host())})));
  EXPECT_THROW(listen_udp(t, datagram_talker(t, "far"), port_of(port->host())), CannotListenError);
  t.run_window();
}

CASE("UDP-02", ProtocolIsStartedInsideTheCall,
     "start_protocol() is called inside listen_udp(), with the transport set, and again when the "
     "port listens again",
     "udp_started_later") {
  const auto near = datagram_talker(t, "near");
  near->on_start = [](DatagramTalker& self) { EXPECT_TRUE(self.has_wire()); };
  const auto port = listen_udp(t, near);
  EXPECT_EQ(near->starts, 1);
  t.reactor().call_later(0s, [&] {
    port->stop_listening().add_both([&](const Failure&) {
      port->start_listening();
      EXPECT_EQ(near->starts, 2);
      EXPECT_TRUE(near->has_wire());
    });
  });
  t.run_window(4);
  EXPECT_EQ(near->starts, 2);
  EXPECT_EQ(near->stops, 2);
}

CASE(
    "UDP-03", AddressInUseThrows,
    "an address that cannot be bound makes listen_udp() throw CannotListenError and starts nothing",
    "udp_started_before_bound") {
  const auto port = listen_udp(t, datagram_talker(t, "near"));
  const auto second = datagram_talker(t, "second");
  EXPECT_THROW(listen_udp(t, second, port_of(port->host())), CannotListenError);
  EXPECT_THROW(listen_udp(t, second, 0, "192.0.2.1"), CannotListenError) << "no interface of ours";
  EXPECT_EQ(second->starts, 0);
  EXPECT_EQ(second->stops, 0);
  t.run_window();
}

CASE("UDP-13", StoppingCompletesLater,
     "stop_listening() returns before stop_protocol() is called, which comes before its Deferred "
     "is completed",
     "udp_stops_inside_the_call") {
  const auto near = datagram_talker(t, "near");
  const auto port = listen_udp(t, near);
  bool completed = false;
  t.reactor().call_later(0s, [&] {
    const Deferred stopped = port->stop_listening();
    EXPECT_EQ(near->stops, 0);
    Deferred(stopped).add_both([&](const Failure&) {
      completed = true;
      EXPECT_EQ(near->stops, 1);
    });
    EXPECT_FALSE(completed);
  });
  t.run_window();
  EXPECT_TRUE(completed);
  EXPECT_EQ(near->stops, 1);
}

CASE("UDP-13", StoppingInStartProtocolIsLaterToo,
     "stop_listening() in start_protocol() calls stop_protocol() later",
     "udp_stops_inside_the_call") {
  const auto near = datagram_talker(t, "near");
  near->on_start = [](DatagramTalker& self) {
    self.wire().stop_listening();
    EXPECT_EQ(self.stops, 0);
  };
  listen_udp(t, near);
  EXPECT_EQ(near->stops, 0);
  bool stopping = false;
  near->on_stop = [&](DatagramTalker&) { EXPECT_FALSE(stopping) << "only by the reactor's stop"; };
  t.reactor().add_system_event_trigger(Phase::kBefore, "shutdown", [&] { stopping = true; });
  t.run_window();
  EXPECT_EQ(near->stops, 1);
}

CASE("UDP-14", StoppedProtocolHasNoTransport, "in stop_protocol() the transport is gone already",
     "udp_transport_at_stop") {
  const auto near = datagram_talker(t, "near");
  const auto port = listen_udp(t, near);
  t.reactor().call_later(0s, [&] { port->stop_listening(); });
  t.run_window();
  EXPECT_EQ(near->stops, 1);
  EXPECT_FALSE(near->has_transport_at_stop);
}

CASE("UDP-15", ReactorStopStopsTheProtocol,
     "stopping the reactor calls stop_protocol() before run() returns", "udp_open_after_stop") {
  const auto near = datagram_talker(t, "near");
  const auto port = listen_udp(t, near);
  t.run_window();
  EXPECT_EQ(near->stops, 1);
  const auto again = listen_udp(t, datagram_talker(t, "far"), port_of(port->host()));
  t.run_window();
}

CASE("UDP-16", PortCanBeClosedInDatagramReceived,
     "a port that is closed inside datagram_received() delivers nothing more, and is closed",
     "udp_delivers_after_the_stop") {
  const auto near = datagram_talker(t, "near"), far = datagram_talker(t, "far");
  const auto port = listen_udp(t, near), other = listen_udp(t, far);
  near->on_datagram = [](DatagramTalker& self, std::string_view) { self.wire().stop_listening(); };
  for (const char* text : {"1", "2", "3"}) far->wire().write(text, port->host());
  t.run_window();
  EXPECT_EQ(near->received, Events{"1"});
  EXPECT_EQ(near->stops, 1);
}

CASE("UDP-18", BroadcastIsOffUntilItIsAllowed,
     "permission to broadcast can be set and read, and is off at first", "udp_broadcast_ignored") {
  const auto near = datagram_talker(t, "near");
  const auto port = listen_udp(t, near);
  EXPECT_FALSE(near->wire().broadcast_allowed());
  near->wire().set_broadcast_allowed(true);
  EXPECT_TRUE(near->wire().broadcast_allowed());
  near->wire().set_broadcast_allowed(false);
  EXPECT_FALSE(near->wire().broadcast_allowed());
  t.run_window();
}

}  // namespace
}  // namespace loopmark::conformance
