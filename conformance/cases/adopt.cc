// SPDX-License-Identifier: MIT
//
// Section 17, Adopting existing sockets.
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "conformance/cases/folder.h"
#include "conformance/cases/plain_client.h"
#include "conformance/datagram_talker.h"
#include "conformance/talker.h"
#include "reactors/errors.h"
#include "reactors/services/adopted_sockets.h"
#include "reactors/services/network_errors.h"

namespace loopmark::conformance {
namespace {

/// A stream socket that listens at `where`, made without a reactor.
UniqueFd listening_socket(const Address& where) {
  const SocketAddress address(where);
  UniqueFd fd(check_call(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
                         "socket"));
  check_call(::bind(fd.get(), address.data(), address.length()), "bind");
  check_call(::listen(fd.get(), 10), "listen");
  return fd;
}

const Address kLoopback = IPv4Address{"127.0.0.1", 0};

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) >= 0;
}

CASE("ADOPT-01", PortWorksOnADuplicate,
     "an adopted port serves clients by a duplicate of the descriptor, and leaves the original to "
     "the caller",
     "adopt_takes_the_callers_own") {
  const UniqueFd original = listening_socket(kLoopback);
  const auto server = talkers(t, "server");
  const auto port = query<ReactorSocket>(t.reactor()).adopt_stream_port(original.get(), server);
  EXPECT_EQ(port->host(), host_of(original.get()));
  PlainClient client(port->host());
  server->configure = [&](Talker& talker) {
    talker.on_made = [&](Talker&) { t.reactor().stop(); };
  };
  t.reactor().run();
  EXPECT_EQ(server->starts, 1);
  EXPECT_EQ(server->stops, 1);
  EXPECT_TRUE(is_open(original.get()));
}

CASE("ADOPT-02", StoppingOnlyCloses,
     "stopping an adopted port leaves the socket listening for others that hold it",
     "adopt_shuts_down") {
  const UniqueFd original = listening_socket(kLoopback);
  const auto port =
      query<ReactorSocket>(t.reactor()).adopt_stream_port(original.get(), talkers(t, "server"));
  t.reactor().call_later(0s, [&] { port->stop_listening(); });
  t.run_window();
  EXPECT_LT(::accept(original.get(), nullptr, nullptr), 0);
  EXPECT_EQ(errno, EAGAIN) << "EINVAL: it does not listen any more";
  const PlainClient client(host_of(original.get()));
  EXPECT_EQ(client.error(), 0);
}

CASE("ADOPT-02", FileOfAUnixSocketStays,
     "the file of an adopted UNIX port stays, since others may go on with it",
     "adopt_removes_the_file") {
  const Folder folder;
  const UniqueFd original = listening_socket(UNIXAddress{folder / "socket"});
  const auto port =
      query<ReactorSocket>(t.reactor()).adopt_stream_port(original.get(), talkers(t, "server"));
  t.run_window();
  EXPECT_TRUE(std::filesystem::exists(folder / "socket"));
}

/// The errno that adopting `fd` as a port throws, or 0.
int refusal(CaseContext& t, int fd) {
  try {
    query<ReactorSocket>(t.reactor()).adopt_stream_port(fd, talkers(t, "server"));
  } catch (const std::system_error& error) {
    return error.code().value();
  }
  return 0;
}

CASE("ADOPT-03", WhatCannotBeServedIsRefused,
     "adopting throws the system's error for what is no socket, and UnsupportedAddressFamily for "
     "a socket of an unknown family",
     "adopt_any_family") {
  auto& sockets = query<ReactorSocket>(t.reactor());
  const auto server = talkers(t, "server");
  const UniqueFd file = regular_file("");
  EXPECT_EQ(refusal(t, file.get()), ENOTSOCK);
  EXPECT_EQ(refusal(t, -1), EBADF);
  const UniqueFd netlink(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0));
  ASSERT_TRUE(netlink);
  EXPECT_THROW(sockets.adopt_stream_port(netlink.get(), server), UnsupportedAddressFamily);
  EXPECT_THROW(sockets.adopt_stream_connection(netlink.get(), server), UnsupportedAddressFamily);
  const UniqueFd datagrams(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  EXPECT_THROW(sockets.adopt_stream_port(datagrams.get(), server), std::invalid_argument);
  const UniqueFd silent(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_THROW(sockets.adopt_stream_port(silent.get(), server), std::invalid_argument)
      << "it does not listen";
  EXPECT_THROW(sockets.adopt_stream_connection(silent.get(), server), std::system_error)
      << "it is not connected";
  EXPECT_EQ(server->starts, 0);
  EXPECT_EQ(server->peers.size(), 0u);
}

CASE("ADOPT-04", ConnectionGetsAProtocolAndAServersTransport,
     "an adopted connection gets a protocol and a server's transport, and its factory is neither "
     "started nor stopped",
     "adopt_starts_the_factory") {
  auto [near, far] = socket_pair();
  const auto server = talkers(t, "server");
  const auto transport =
      query<ReactorSocket>(t.reactor()).adopt_stream_connection(near.get(), server);
  ASSERT_TRUE(transport);
  EXPECT_EQ(&server->only().wire(), transport.get());
  EXPECT_EQ(server->only().made, 1);
  const auto* const descriptor = dynamic_cast<Descriptor*>(transport.get());
  ASSERT_NE(descriptor, nullptr);
  EXPECT_EQ(descriptor->log_prefix(), "server,Server");
  EXPECT_NE(descriptor->fileno(), near.get());
  near.reset();
  put(far, "hello");
  t.run_window();
  EXPECT_EQ(server->only().received, "hello");
  EXPECT_EQ(server->starts, 0);
  EXPECT_EQ(server->stops, 0);
}

CASE("ADOPT-04", DeclinedConnectionIsNothing,
     "adopt_stream_connection() answers nothing when the factory declines, and leaves the caller's "
     "socket open",
     "adopt_serves_the_declined") {
  auto [near, far] = socket_pair();
  const auto server = talkers(t, "server");
  server->on_build = [](const Address&) { return nullptr; };
  EXPECT_FALSE(query<ReactorSocket>(t.reactor()).adopt_stream_connection(near.get(), server));
  EXPECT_TRUE(is_open(near.get()));
  put(near, "still usable");
}

CASE("ADOPT-05", AdoptedConnectionsCarryEverything,
     "what is written to an adopted connection before lose_connection() arrives whole, and both "
     "sides end cleanly",
     "xp_lose_drops_the_queue") {
  auto [near, far] = socket_pair();
  const auto sender = talkers(t, "sender"), taker = talkers(t, "taker");
  const std::string much(3'000'000, 'a');
  int over = 0;
  const auto count = [&](Talker& talker) {
    talker.on_lost = [&](Talker&, const Failure& reason) {
      EXPECT_TRUE(reason.is<ConnectionDone>()) << reason.message();
      if (++over == 2) t.reactor().stop();
    };
  };
  sender->configure = taker->configure = count;
  auto& sockets = query<ReactorSocket>(t.reactor());
  const auto transport = sockets.adopt_stream_connection(near.get(), sender);
  sockets.adopt_stream_connection(far.get(), taker);
  near.reset();
  far.reset();
  transport->write(much);
  transport->lose_connection();
  t.reactor().run();
  EXPECT_TRUE(taker->only().received == much);
}

CASE("ADOPT-05", AdoptedConnectionsEndByHalves,
     "an adopted connection of a half-close-aware protocol goes on sending after the peer's end",
     "half_read_ends_both") {
  const UniqueFd listening = listening_socket(kLoopback);
  const auto server = talkers<HalfCloseableTalker>(t, "server");
  const auto port = query<ReactorSocket>(t.reactor()).adopt_stream_port(listening.get(), server);
  PlainClient client(port->host());
  client.send("question");
  ::shutdown(client.fd(), SHUT_WR);
  server->configure = [&](HalfCloseableTalker& talker) {
    talker.on_read_lost = [](Talker& self) {
      self.wire().write("answer");
      self.wire().lose_connection();
    };
    talker.on_lost = [&](Talker&, const Failure&) { t.reactor().stop(); };
  };
  t.reactor().run();
  EXPECT_EQ(client.read_to_end(), "end");
  EXPECT_EQ(client.received(), "answer");
}

CASE("ADOPT-05", AdoptedPortForDatagramsTalks,
     "an adopted port for datagrams receives and sends, and leaves the original to the caller",
     "adopt_takes_the_callers_own") {
  const SocketAddress loopback{kLoopback};
  const UniqueFd original(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(original.get(), loopback.data(), loopback.length()), 0);
  const auto near = datagram_talker(t, "near"), far = datagram_talker(t, "far");
  const auto port = query<ReactorSocket>(t.reactor()).adopt_datagram_port(original.get(), near);
  const auto far_port = listen_udp(t, far);
  near->on_datagram = [](DatagramTalker& self, std::string_view data) {
    self.wire().write(data, self.senders.back());
  };
  far->wire().write("echo", port->host());
  t.run_window(5);
  EXPECT_EQ(far->received, std::vector<std::string>{"echo"});
  EXPECT_EQ(near->stops, 1);
  EXPECT_TRUE(is_open(original.get()));
}

CASE("ADOPT-05", AdoptedPortKeepsItsPeer,
     "an adopted port whose socket is connected writes to that peer without an address, and "
     "outlives "
     "its refusals",
     "adopt_forgets_the_peer") {
  int ends[2] = {};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends), 0);
  const UniqueFd original(ends[0]);
  UniqueFd peer(ends[1]);
  const auto near = datagram_talker(t, "near");
  const auto port = query<ReactorSocket>(t.reactor()).adopt_datagram_port(original.get(), near);
  near->wire().write("hello");
  char bytes[8] = {};
  EXPECT_EQ(::recv(peer.get(), bytes, sizeof bytes, MSG_DONTWAIT), 5);
  put(peer, "answer");
  near->on_datagram = [&](DatagramTalker& self, std::string_view) {
    peer.reset();
    EXPECT_NO_THROW(self.wire().write("lost"));
  };
  t.run_window();
  EXPECT_EQ(near->received, std::vector<std::string>{"answer"});
  EXPECT_EQ(near->refusals, 1);
}

}  // namespace
}  // namespace loopmark::conformance
