// SPDX-License-Identifier: MIT
//
// Section 16, UDP: ports, and the protocols that they start and stop.
#include <stdexcept>
#include <system_error>

#include "conformance/cases/plain_datagrams.h"
#include "conformance/datagram_talker.h"
#include "reactors/services/network_errors.h"

namespace loopmark::conformance {
namespace {

using Texts = std::vector<std::string>;

CASE("UDP-01", PortIsBoundWhenTheCallReturns,
     "listen_udp() binds inside the call, port 0 becomes the number that the system chose, and "
     "UDP arrives there",
     "udp_host_as_asked_for") {
  const auto near = datagram_talker(t);
  const auto port = listen_udp(t, near);
  ASSERT_NE(port_of(port->host()), 0);
  EXPECT_EQ(port->host(), Address(IPv4Address{"127.0.0.1", port_of(port->host())}));
  PlainDatagrams().send("before any run", port->host());
  run_until(t, [&] { return !near->received.empty(); });
  EXPECT_EQ(near->received, Texts{"before any run"});
}

CASE("UDP-02", ProtocolIsStartedInsideTheCall,
     "start_protocol() is called before listen_udp() returns, and can send", "udp_started_later") {
  PlainDatagrams plain;
  const auto near = datagram_talker(t);
  near->on_start = [&](DatagramTalker& self) {
    ASSERT_TRUE(self.has_wire());
    self.wire().write("started", plain.host());
  };
  const auto port = listen_udp(t, near);
  t.log("returned");
  EXPECT_EQ(t.events(), (Texts{"near start", "returned"}));
  settle();
  EXPECT_EQ(plain.take(), Texts{"started"});
  t.run_window();
}

CASE("UDP-02", ProtocolIsStartedEachTimeItListens,
     "start_protocol() is called again, with a transport, when the port listens again, which then "
     "receives",
     "udp_started_once_only") {
  PlainDatagrams plain;
  const auto near = datagram_talker(t);
  const auto port = listen_udp(t, near);
  near->on_start = [](DatagramTalker& self) { EXPECT_TRUE(self.has_wire()); };
  t.reactor().call_later(0s, [&] {
    port->stop_listening().add_both([&](const Failure& failed) {
      EXPECT_FALSE(failed);
      port->start_listening();
      EXPECT_EQ(near->starts, 2);
      plain.send("again", port->host());
    });
  });
  run_until(t, [&] { return !near->received.empty(); });
  EXPECT_EQ(near->received, Texts{"again"});
  EXPECT_EQ(t.events(), (Texts{"near start", "near stop", "near start", "stopping", "near stop"}));
}

CASE("UDP-02", ThrowingStartProtocolLeavesNoPort,
     "what start_protocol() throws comes out of listen_udp(), and the port is closed without a "
     "stop_protocol()",
     "udp_thrower_is_left_open") {
  const auto near = datagram_talker(t);
  Address where;
  near->on_start = [&](DatagramTalker& self) {
    where = self.wire().host();
    self.wire().stop_listening();
    throw std::runtime_error("cannot start");
  };
  EXPECT_THROW(listen_udp(t, near), std::runtime_error);
  EXPECT_FALSE(near->has_wire());
  const auto far = datagram_talker(t, "far");
  EXPECT_NO_THROW(listen_udp(t, far, port_of(where)));
  t.run_window();
  EXPECT_EQ(near->stops, 0);
}

CASE("UDP-03", AddressInUseThrows,
     "an address in use makes listen_udp() throw CannotListenError with the address and the "
     "system's error, and the protocol is not started",
     "udp_started_before_bound") {
  const auto port = listen_udp(t, datagram_talker(t));
  const auto second = datagram_talker(t, "second");
  const std::uint16_t number = port_of(port->host());
  try {
    listen_udp(t, second, number);
    ADD_FAILURE() << "nothing was thrown";
  } catch (const CannotListenError& error) {
    EXPECT_EQ(error.code().value(), EADDRINUSE);
    EXPECT_NE(std::string(error.what()).find("127.0.0.1:" + std::to_string(number)),
              std::string::npos)
        << error.what();
  }
  EXPECT_EQ(second->starts, 0);
  EXPECT_FALSE(second->has_wire());
  t.run_window();
}

CASE("UDP-13", StoppingCompletesLater,
     "stop_listening() returns before stop_protocol() is called, and its Deferred is completed "
     "after that, when the number is free again",
     "udp_stops_inside_the_call") {
  const auto near = datagram_talker(t), far = datagram_talker(t, "far");
  const auto port = listen_udp(t, near);
  t.reactor().call_later(0s, [&] {
    Deferred stopped = port->stop_listening();
    t.log("returned");
    EXPECT_FALSE(stopped.called());
    stopped.add_both([&](const Failure& failed) {
      t.log("completed");
      EXPECT_FALSE(failed);
      EXPECT_NO_THROW(listen_udp(t, far, port_of(port->host())));
    });
  });
  t.run_window();
  EXPECT_EQ(t.events(),
            (Texts{"near start", "returned", "near stop", "completed", "far start", "far stop"}));
}

CASE("UDP-13", StoppingInStartProtocolIsLaterToo,
     "stop_listening() inside start_protocol() returns before stop_protocol() is called, and so "
     "does listen_udp()",
     "udp_stops_inside_the_call") {
  const auto near = datagram_talker(t);
  near->on_start = [&](DatagramTalker& self) {
    self.wire().stop_listening().add_both([&](const Failure&) { t.log("completed"); });
    t.log("returned");
  };
  const auto port = listen_udp(t, near);
  t.log("listened");
  run_until(t, [&] { return t.events().back() == "completed"; });
  EXPECT_EQ(t.events(),
            (Texts{"near start", "returned", "listened", "near stop", "completed", "stopping"}));
}

CASE("UDP-13", ThrowingStopProtocolIsReported,
     "an exception in stop_protocol() is reported, and stop_listening() completes all the same",
     "udp_thrower_in_stop_is_waited_for") {
  const auto near = datagram_talker(t);
  near->on_stop = [](DatagramTalker&) { throw std::runtime_error("will not stop"); };
  const auto port = listen_udp(t, near);
  bool completed = false;
  t.reactor().call_later(
      0s, [&] { port->stop_listening().add_both([&](const Failure&) { completed = true; }); });
  t.run_window();
  EXPECT_TRUE(completed);
  EXPECT_EQ(near->stops, 1);
  const std::vector<ErrorReport> errors = t.take_errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].failure.message(), "will not stop");
}

CASE("UDP-14", StoppedProtocolHasNoTransport, "in stop_protocol() the transport is gone already",
     "udp_transport_at_stop") {
  const auto near = datagram_talker(t);
  near->on_stop = [](DatagramTalker& self) { EXPECT_FALSE(self.has_wire()); };
  const auto port = listen_udp(t, near);
  EXPECT_TRUE(near->has_wire());
  t.reactor().call_later(0s, [&] { port->stop_listening(); });
  t.run_window();
  EXPECT_EQ(near->stops, 1);
}

CASE("UDP-15", ReactorStopStopsTheProtocol,
     "stopping the reactor calls stop_protocol() before run() returns, and closes the port",
     "udp_open_after_stop") {
  const auto near = datagram_talker(t);
  near->on_stop = [](DatagramTalker& self) { EXPECT_FALSE(self.has_wire()); };
  const auto port = listen_udp(t, near);
  t.run_window();
  EXPECT_EQ(near->stops, 1);
  EXPECT_NO_THROW(listen_udp(t, datagram_talker(t, "far"), port_of(port->host())));
  t.run_window();
}

CASE("UDP-15", ReactorStopCompletesAStop,
     "a port that is being stopped when the reactor stops gets one stop_protocol(), and its "
     "Deferred is completed before run() returns",
     "udp_stop_left_to_the_next_run") {
  const auto near = datagram_talker(t);
  const auto port = listen_udp(t, near);
  bool completed = false;
  t.reactor().call_later(0s, [&] {
    port->stop_listening().add_both([&](const Failure&) { completed = true; });
    t.reactor().stop();
  });
  t.reactor().run();
  EXPECT_TRUE(completed);
  EXPECT_EQ(near->stops, 1);
  t.run_window();
  EXPECT_EQ(near->stops, 1);
}

CASE("UDP-18", BroadcastNeedsPermission,
     "permission to broadcast is off at first, and can be set, used and taken back",
     "udp_broadcast_ignored") {
  const auto near = datagram_talker(t);
  const auto port = listen_udp(t, near);
  PlainDatagrams plain(IPv4Address{"0.0.0.0", 0});
  const Address everybody = IPv4Address{"127.255.255.255", port_of(plain.host())};
  EXPECT_FALSE(near->wire().broadcast_allowed());
  EXPECT_THROW(near->wire().write("forbidden", everybody), std::system_error);
  near->wire().set_broadcast_allowed(true);
  EXPECT_TRUE(near->wire().broadcast_allowed());
  EXPECT_NO_THROW(near->wire().write("to everybody", everybody));
  near->wire().set_broadcast_allowed(false);
  EXPECT_FALSE(near->wire().broadcast_allowed());
  settle();
  EXPECT_EQ(plain.take(), Texts{"to everybody"});
  t.run_window();
}

}  // namespace
}  // namespace loopmark::conformance
