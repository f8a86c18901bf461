// SPDX-License-Identifier: MIT
//
// Section 15, UNIX-domain sockets: datagrams; and what of section 16 UDP over loopback cannot show.
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <system_error>

#include "conformance/cases/folder.h"
#include "conformance/cases/plain_datagrams.h"
#include "conformance/datagram_talker.h"
#include "reactors/services/network_errors.h"
#include "reactors/services/unix_datagrams.h"

namespace loopmark::conformance {
namespace {

using Texts = std::vector<std::string>;

constexpr std::size_t kPacket = 8192;

ReactorUNIXDatagram& sockets(CaseContext& t) {
  return query<ReactorUNIXDatagram>(t.reactor());
}

mode_t mode_of(const std::string& path) {
  struct stat file {};
  EXPECT_EQ(::stat(path.c_str(), &file), 0) << path;
  return file.st_mode & 0777;
}

CASE("UNIX-DG-01", PortAndBoundClientTalk,
     "a port and a client that has a path of its own exchange datagrams both ways, each with the "
     "other's path for its sender",
     "unix_dg_client_has_no_path") {
  const Folder folder;
  const auto server = datagram_talker(t, "server"), client = datagram_talker(t, "client");
  const auto port = sockets(t).listen_unix_datagram(folder / "server", server);
  const auto other =
      sockets(t).connect_unix_datagram(folder / "server", client, kPacket, 0666, folder / "client");
  server->on_datagram = [](DatagramTalker& self, std::string_view data) {
    self.wire().write(std::string(data) + " yourself", self.senders.back());
  };
  client->wire().write("hello");
  client->wire().write("");
  run_until(t, [&] { return client->received.size() >= 2; });
  EXPECT_EQ(server->received, (Texts{"hello", ""}));
  EXPECT_EQ(server->senders, std::vector<Address>(2, UNIXAddress{folder / "client"}));
  EXPECT_EQ(client->received, (Texts{"hello yourself", " yourself"}));
  EXPECT_EQ(client->senders, std::vector<Address>(2, UNIXAddress{folder / "server"}));
}

CASE("UNIX-DG-01", ClientWithoutAPathIsNobody,
     "a client without a path of its own is heard, with an empty address, at which it cannot be "
     "answered",
     "unix_dg_no_name_is_an_error") {
  const Folder folder;
  const auto server = datagram_talker(t, "server"), client = datagram_talker(t, "client");
  const auto port = sockets(t).listen_unix_datagram(folder / "server", server);
  const auto other = sockets(t).connect_unix_datagram(folder / "server", client);
  server->on_datagram = [](DatagramTalker& self, std::string_view) {
    EXPECT_THROW(self.wire().write("whereto", self.senders.back()), InvalidAddressError);
  };
  client->wire().write("hello");
  run_until(t, [&] { return !server->received.empty(); });
  EXPECT_EQ(server->received, Texts{"hello"});
  EXPECT_EQ(server->senders, std::vector<Address>{UNIXAddress{}});
}

CASE("UNIX-DG-01", FileHasTheModeAskedFor, "the socket's file gets the mode that was asked for",
     "unix_dg_mode_ignored") {
  const Folder folder;
  const auto port =
      sockets(t).listen_unix_datagram(folder / "socket", datagram_talker(t), kPacket, 0640);
  EXPECT_EQ(mode_of(folder / "socket"), 0640u);
  t.run_window();
}

CASE("UNIX-DG-01", PathInUseThrows,
     "a path that is taken throws CannotListenError, in listening and for a client's own, starts "
     "nothing, and stays with whom it belongs to",
     "udp_started_before_bound") {
  const Folder folder;
  const auto port = sockets(t).listen_unix_datagram(folder / "socket", datagram_talker(t));
  const auto second = datagram_talker(t, "second");
  EXPECT_THROW(sockets(t).listen_unix_datagram(folder / "socket", second), CannotListenError);
  EXPECT_THROW(
      sockets(t).connect_unix_datagram(folder / "socket", second, kPacket, 0666, folder / "socket"),
      CannotListenError);
  EXPECT_EQ(second->starts, 0);
  EXPECT_TRUE(std::filesystem::exists(folder / "socket"));
  t.run_window();
}

CASE("UNIX-DG-01", NobodyThereThrows,
     "connecting to a path where nobody is throws the system's error, starts nothing, and leaves "
     "no file",
     "unix_dg_nobody_leaves_a_file") {
  const Folder folder;
  const auto client = datagram_talker(t, "client");
  EXPECT_THROW(
      sockets(t).connect_unix_datagram(folder / "nobody", client, kPacket, 0666, folder / "client"),
      std::system_error);
  EXPECT_THROW(sockets(t).connect_unix_datagram(std::string(200, 'x'), client), std::system_error)
      << "no address is that long";
  EXPECT_EQ(client->starts, 0);
  EXPECT_FALSE(std::filesystem::exists(folder / "client"));
  t.run_window();
}

CASE("UNIX-DG-01", AbstractNamesAreNoFiles,
     "a path that begins with NUL is in the abstract namespace, and no file",
     "unix_name_cut_at_nul") {
  const std::string name = std::string(1, '\0') + "loopmark-dg-" + std::to_string(::getpid());
  const auto server = datagram_talker(t, "server"), client = datagram_talker(t, "client");
  const auto port = sockets(t).listen_unix_datagram(name, server);
  const auto other = sockets(t).connect_unix_datagram(name, client);
  EXPECT_EQ(port->host(), Address(UNIXAddress{name}));
  client->wire().write("hello");
  run_until(t, [&] { return !server->received.empty(); });
  EXPECT_EQ(server->received, Texts{"hello"});
  EXPECT_FALSE(std::filesystem::exists(name.substr(1)));
}

CASE("UNIX-DG-02", FileIsRemovedByStopListening,
     "when a port is closed by stop_listening(), its file is gone", "unix_dg_file_left") {
  const Folder folder;
  const auto port = sockets(t).listen_unix_datagram(folder / "socket", datagram_talker(t));
  EXPECT_TRUE(std::filesystem::exists(folder / "socket"));
  bool completed = false;
  t.reactor().call_later(0s, [&] {
    port->stop_listening().add_both([&](const Failure&) {
      completed = true;
      EXPECT_FALSE(std::filesystem::exists(folder / "socket"));
    });
  });
  t.run_window();
  EXPECT_TRUE(completed);
}

CASE("UNIX-DG-02", ClientsFileIsAsAPorts,
     "the file of a client's own path gets the mode that was asked for, and is gone when the "
     "reactor has stopped, as is that of a port",
     "unix_dg_file_left") {
  const Folder folder;
  const auto port = sockets(t).listen_unix_datagram(folder / "server", datagram_talker(t));
  const auto other = sockets(t).connect_unix_datagram(folder / "server", datagram_talker(t),
                                                      kPacket, 0600, folder / "client");
  EXPECT_EQ(mode_of(folder / "client"), 0600u);
  t.run_window();
  EXPECT_FALSE(std::filesystem::exists(folder / "client"));
  EXPECT_FALSE(std::filesystem::exists(folder / "server"));
}

CASE("UDP-05", DatagramWithoutRoomIsDropped,
     "a datagram for which the kernel has no room is dropped without an exception, and not sent "
     "later",
     "udp_no_room_throws") {
  const Folder folder;
  PlainDatagrams plain(UNIXAddress{folder / "plain"});
  const auto near = datagram_talker(t);
  const auto port = sockets(t).connect_unix_datagram(folder / "plain", near);
  constexpr std::size_t kWritten = 5'000;  // of 1 KB: more than any queue takes (unix(7))
  for (std::size_t i = 0; i < kWritten; ++i)
    ASSERT_NO_THROW(near->wire().write(std::string(1000, 'x')));
  const std::size_t taken = plain.take().size();
  EXPECT_GT(taken, 0u);
  EXPECT_LT(taken, kWritten);
  run_to_the_end(t);
  EXPECT_EQ(plain.take(), Texts{});
}

CASE("UDP-09", ConnectedPortOutlivesItsPeer,
     "a connected port whose peer was closed tells of it by connection_refused(), and goes on with "
     "the next one at the same path",
     "unix_dg_peer_is_lost_for_good") {
  const Folder folder;
  std::optional<PlainDatagrams> plain(UNIXAddress{folder / "plain"});
  const auto near = datagram_talker(t);
  const auto port =
      sockets(t).connect_unix_datagram(folder / "plain", near, kPacket, 0666, folder / "near");
  plain.reset();
  std::filesystem::remove(folder / "plain");
  EXPECT_NO_THROW(near->wire().write("lost"));
  EXPECT_NO_THROW(near->wire().write("lost, too"));
  EXPECT_EQ(near->refusals, 0) << "inside the write";
  near->on_refused = [&](DatagramTalker& self) {
    plain.emplace(UNIXAddress{folder / "plain"});
    self.wire().write("found");
    plain->send("answer", UNIXAddress{folder / "near"});
  };
  run_until(t, [&] { return !near->received.empty(); });
  EXPECT_EQ(near->received, Texts{"answer"});
  ASSERT_TRUE(plain.has_value());
  EXPECT_EQ(plain->take(), Texts{"found"});
  EXPECT_EQ(t.events(), (Texts{"near start", "near refused", "stopping", "near stop"}));
}

}  // namespace
}  // namespace loopmark::conformance
