// SPDX-License-Identifier: MIT
//
// Section 15, UNIX-domain sockets: streams.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>

#include "conformance/cases/folder.h"
#include "conformance/talker.h"
#include "reactors/errors.h"
#include "reactors/services/network_errors.h"

namespace loopmark::conformance {
namespace {

/// A server and a client that meet at `path`; runs until the reactor is stopped.
struct UnixMeeting {
  UnixMeeting(CaseContext& t, std::string at)
      : context(t),
        path(std::move(at)),
        server(talkers(t, "server")),
        client(talkers(t, "client")) {}

  void run() {
    auto& sockets = query<ReactorUNIX>(context.reactor());
    port = sockets.listen_unix(path, server);
    connector = sockets.connect_unix(path, client);
    context.reactor().run();
  }

  CaseContext& context;
  std::string path;
  std::shared_ptr<TalkerFactory<>> server;
  std::shared_ptr<TalkerFactory<>> client;
  std::shared_ptr<ListeningPort> port;
  std::shared_ptr<Connector> connector;
};

CASE("UNIX-01", StreamsBehaveAsThoseOfTcp,
     "a connection carries everything that was written before lose_connection(), and ends cleanly "
     "on both sides",
     "xp_lose_drops_the_queue") {
  const Folder folder;
  UnixMeeting meeting(t, folder / "socket");
  const std::string much(3'000'000, 'u');
  int over = 0;
  const auto count = [&](Talker&, const Failure& reason) {
    EXPECT_TRUE(reason.is<ConnectionDone>()) << reason.message();
    if (++over == 2) t.reactor().stop();
  };
  meeting.server->configure = [&](Talker& talker) { talker.on_lost = count; };
  meeting.client->configure = [&](Talker& talker) {
    talker.on_lost = count;
    talker.on_made = [&](Talker& self) {
      self.wire().write(much);
      self.wire().lose_connection();
    };
  };
  meeting.run();
  EXPECT_TRUE(meeting.server->only().received == much);
}

CASE("UNIX-01", FullBacklogLeavesConnectsPending,
     "connecting to a listener whose backlog is full waits until there is room, as over TCP",
     "unix_full_backlog_is_refused") {
  const Folder folder;
  auto& sockets = query<ReactorUNIX>(t.reactor());
  const auto server = talkers(t, "server"), client = talkers(t, "client");
  const auto port = sockets.listen_unix(folder / "socket", server, 0);
  std::vector<std::shared_ptr<Connector>> connectors;
  for (int i = 0; i < 20; ++i)
    connectors.push_back(sockets.connect_unix(folder / "socket", client));
  server->configure = [&](Talker&) {
    if (server->built.size() == 19) t.reactor().call_later(0s, [&] { t.reactor().stop(); });
  };
  client->on_failed = [&](Connector&, const Failure& reason) {
    ADD_FAILURE() << reason.message();
    t.reactor().crash();
  };
  t.reactor().run();
  client->on_failed = nullptr;
  EXPECT_EQ(server->built.size(), 20u);
}

CASE("UNIX-02", FileHasTheModeAskedFor, "the socket's file gets the mode that was asked for",
     "unix_mode_ignored") {
  const Folder folder;
  auto& sockets = query<ReactorUNIX>(t.reactor());
  const auto port = sockets.listen_unix(folder / "socket", talkers(t, "server"), 50, 0640);
  struct stat file {};
  ASSERT_EQ(::stat((folder / "socket").c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0640u);
  t.run_window();
}

CASE("UNIX-03", FileIsRemovedByStopListening,
     "when the port is closed by stop_listening(), its file is gone", "unix_file_left") {
  const Folder folder;
  const auto port =
      query<ReactorUNIX>(t.reactor()).listen_unix(folder / "socket", talkers(t, "server"));
  EXPECT_TRUE(std::filesystem::exists(folder / "socket"));
  bool completed = false;
  t.reactor().call_later(0s, [&] {
    port->stop_listening().add_both([&](const Failure&) {
      completed = true;
      EXPECT_FALSE(std::filesystem::exists(folder / "socket"));
    });
  });
  t.run_window(4);
  EXPECT_TRUE(completed);
}

CASE("UNIX-03", FileIsRemovedByTheReactorsStop,
     "when the reactor stops, the port's file is gone before run() returns", "unix_file_left") {
  const Folder folder;
  const auto port =
      query<ReactorUNIX>(t.reactor()).listen_unix(folder / "socket", talkers(t, "server"));
  t.run_window();
  EXPECT_FALSE(std::filesystem::exists(folder / "socket"));
}

CASE("UNIX-04", PathInUseThrowsAndStartsNothing,
     "a path in use throws CannotListenError, leaves the factory unstarted, and the path to whom "
     "it belongs",
     "tcpl_factory_started_first") {
  const Folder folder;
  auto& sockets = query<ReactorUNIX>(t.reactor());
  const auto port = sockets.listen_unix(folder / "socket", talkers(t, "first"));
  const auto second = talkers(t, "second");
  EXPECT_THROW(sockets.listen_unix(folder / "socket", second), CannotListenError);
  EXPECT_EQ(second->starts, 0);
  EXPECT_TRUE(std::filesystem::exists(folder / "socket"));
  t.run_window();
}

CASE("UNIX-05", MissingPathIsAFailedConnection,
     "a path where nobody listens comes as client_connection_failed()", "tcpc_failures_unheard") {
  const Folder folder;
  const auto client = talkers(t, "client");
  query<ReactorUNIX>(t.reactor()).connect_unix(folder / "nobody", client);
  t.run_window(4);
  ASSERT_EQ(client->failures.size(), 1u);
  EXPECT_TRUE(client->failures[0].is<ConnectError>());
  EXPECT_THROW(query<ReactorUNIX>(t.reactor()).connect_unix(std::string(200, 'x'), client),
               std::system_error)
      << "no address is that long";
}

CASE("UNIX-06", AddressesArePaths,
     "the server's host and the client's peer are the path, and an unnamed client's address is "
     "empty",
     "unix_addresses_swapped") {
  const Folder folder;
  UnixMeeting meeting(t, folder / "socket");
  meeting.server->configure = [&](Talker& talker) {
    talker.on_made = [&](Talker&) { t.reactor().stop(); };
  };
  meeting.run();
  const Address path = UNIXAddress{folder / "socket"}, unnamed = UNIXAddress{};
  EXPECT_EQ(meeting.server->only().wire().host(), path);
  EXPECT_EQ(meeting.server->only().wire().peer(), unnamed);
  EXPECT_EQ(meeting.client->only().wire().peer(), path);
  EXPECT_EQ(meeting.client->only().wire().host(), unnamed);
  EXPECT_EQ(meeting.server->peers, std::vector<Address>{unnamed});
}

CASE("UNIX-07", AbstractNamesAreNoFiles,
     "a path that begins with NUL is in the abstract namespace, and no file",
     "unix_name_cut_at_nul") {
  const std::string name = std::string(1, '\0') + "loopmark-" + std::to_string(::getpid());
  UnixMeeting meeting(t, name);
  meeting.client->configure = [&](Talker& talker) {
    talker.on_made = [&](Talker& self) {
      EXPECT_EQ(self.wire().peer(), Address(UNIXAddress{name}));
      t.reactor().stop();
    };
  };
  meeting.run();
  EXPECT_EQ(meeting.client->only().made, 1);
  EXPECT_FALSE(std::filesystem::exists(name.substr(1)));
}

}  // namespace
}  // namespace loopmark::conformance
