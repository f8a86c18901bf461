// SPDX-License-Identifier: MIT
//
// Section 15, UNIX-domain sockets: datagrams.
#include <sys/stat.h>

#include <filesystem>
#include <system_error>

#include "conformance/cases/folder.h"
#include "conformance/datagram_talker.h"
#include "reactors/services/network_errors.h"
#include "reactors/services/unix_datagrams.h"

namespace loopmark::conformance {
namespace {

using Texts = std::vector<std::string>;

CASE("UNIX-DG-01", PortAndBoundClientTalk,
     "a port and a client that is bound exchange datagrams both ways, each with the other's path",
     "unix_dg_client_has_no_path") {
  const Folder folder;
  auto& sockets = query<ReactorUNIXDatagram>(t.reactor());
  const auto server = datagram_talker(t, "server"), client = datagram_talker(t, "client");
  const auto port = sockets.listen_unix_datagram(folder / "server", server);
  const auto other =
      sockets.connect_unix_datagram(folder / "server", client, 8192, 0666, folder / "client");
  server->on_datagram = [](DatagramTalker& self, std::string_view) {
    self.wire().write("answer", self.senders.back());
  };
  client->wire().write("hello");
  t.run_window(5);
  EXPECT_EQ(server->received, Texts{"hello"});
  EXPECT_EQ(server->senders, std::vector<Address>{UNIXAddress{folder / "client"}});
  EXPECT_EQ(client->received, Texts{"answer"});
}

CASE("UNIX-DG-01", FileHasTheModeAskedFor, "the socket's file gets the mode that was asked for",
     "unix_dg_mode_ignored") {
  const Folder folder;
  const auto port =
      query<ReactorUNIXDatagram>(t.reactor())
          .listen_unix_datagram(folder / "socket", datagram_talker(t, "server"), 8192, 0600);
  struct stat file {};
  ASSERT_EQ(::stat((folder / "socket").c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600u);
  t.run_window();
}

CASE("UNIX-DG-01", PathInUseThrows,
     "a path in use throws CannotListenError and starts nothing, and nobody at a path is an error "
     "of the call that connects",
     "udp_started_before_bound") {
  const Folder folder;
  auto& sockets = query<ReactorUNIXDatagram>(t.reactor());
  const auto port = sockets.listen_unix_datagram(folder / "socket", datagram_talker(t, "first"));
  const auto second = datagram_talker(t, "second");
  EXPECT_THROW(sockets.listen_unix_datagram(folder / "socket", second), CannotListenError);
  EXPECT_THROW(sockets.connect_unix_datagram(folder / "nobody", second), std::system_error);
  EXPECT_THROW(sockets.listen_unix_datagram(std::string(200, 'x'), second), std::system_error);
  EXPECT_EQ(second->starts, 0);
  t.run_window();
}

CASE("UNIX-DG-02", FileIsRemovedWithThePort, "a port takes its file along when it closes",
     "unix_dg_file_left") {
  const Folder folder;
  const auto port = query<ReactorUNIXDatagram>(t.reactor())
                        .listen_unix_datagram(folder / "socket", datagram_talker(t, "server"));
  EXPECT_TRUE(std::filesystem::exists(folder / "socket"));
  t.run_window();
  EXPECT_FALSE(std::filesystem::exists(folder / "socket"));
}

}  // namespace
}  // namespace loopmark::conformance
