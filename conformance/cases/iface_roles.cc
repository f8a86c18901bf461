// SPDX-License-Identifier: MIT
//
// Section 19, Interfaces, capabilities, adapters: roles of protocols, and doubles to test them with.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>

#include "conformance/cases/folder.h"
#include "conformance/cases/plain_client.h"
#include "conformance/talker.h"
#include "reactors/doubles/memory_reactor.h"
#include "reactors/errors.h"
#include "reactors/services/adopted_sockets.h"

namespace loopmark::conformance {
namespace {

/// Lets a client of a `Kind` of protocol end sending; answers how many connections ended by that alone.
template <class Kind>
std::size_t losses_by_half_close(CaseContext& t) {
  const auto server = talkers<Kind>(t, "server");
  const auto port = query<ReactorTCP>(t.reactor()).listen_tcp(0, server, 50, "127.0.0.1");
  PlainClient client(port->host());
  ::shutdown(client.fd(), SHUT_WR);
  std::size_t losses = 0;
  t.reactor().add_system_event_trigger(Phase::kBefore, "shutdown",
                                       [&] { losses = server->only().losses.size(); });
  t.run_window(4);
  return losses;
}

CASE("IFACE-05", HalfCloseAwarenessIsDeclared,
     "the peer's half-close ends the connection of a protocol, unless that has declared the role",
     "half_ordinary_goes_on") {
  EXPECT_EQ(losses_by_half_close<Talker>(t), 1u);
  EXPECT_EQ(losses_by_half_close<HalfCloseableTalker>(t), 0u);
}

/// It declares nothing.
class Plain : public Protocol {
  void data_received(std::string_view) override {}
};
class Named : public Plain {
  std::string log_prefix() const override { return "own name"; }
};

CASE("IFACE-05", LogPrefixIsDeclared,
     "a transport's prefix is that of its protocol, which has a general one unless it says another",
     "xp_prefix_without_role") {
  std::vector<std::string> prefixes;
  for (const bool named : {false, true}) {
    const auto server = talkers(t, "server");
    server->on_build = [&](const Address&) -> std::shared_ptr<Protocol> {
      t.reactor().call_later(0s, [&] {
        for (const auto& reader : t.reactor().get_readers()) {
          if (dynamic_cast<Transport*>(reader.get())) prefixes.push_back(reader->log_prefix());
        }
        t.reactor().stop();
      });
      return named ? std::make_shared<Named>() : std::make_shared<Plain>();
    };
    const auto port = query<ReactorTCP>(t.reactor()).listen_tcp(0, server, 50, "127.0.0.1");
    const PlainClient client(port->host());
    t.reactor().run();
  }
  EXPECT_EQ(prefixes, (std::vector<std::string>{"Protocol,Server", "own name,Server"}));
}

CASE("IFACE-08", ClockMovesWhenItIsTold,
     "a reactor in memory makes the calls that are due when its clock is advanced, in order, "
     "without waiting",
     "iface_memory_clock_jumps") {
  MemoryReactor memory;
  std::string calls;
  memory.reactor().call_later(2h, [&] { calls += "b"; });
  memory.reactor().call_later(1h, [&] {
    calls += "a";
    memory.reactor().call_later(30min, [&] { calls += "n"; });
  });
  const auto never = memory.reactor().call_later(3h, [&] { calls += "x"; });
  memory.advance(59min);
  EXPECT_EQ(calls, "");
  memory.advance(61min);
  EXPECT_EQ(calls, "anb");
  never->cancel();
  memory.advance(24h);
  EXPECT_EQ(calls, "anb");
  memory.reactor().call_later(48h, [&] { calls += "r"; });
  memory.reactor().run();  // ends when there is nothing left to wait for
  EXPECT_EQ(calls, "anbr");
}

/// Answers each line in capitals, and closes when it hears nothing for a minute.
class Shouter : public Protocol {
 public:
  explicit Shouter(Reactor& reactor) : reactor_(reactor) {}
  void connection_made() override { await_line(); }
  void data_received(std::string_view data) override {
    for (const char each : data) answer_ += static_cast<char>(std::toupper(each));
    transport()->write(answer_);
    answer_.clear();
    timeout_->reset(1min);
  }
  void connection_lost(const Failure&) override {
    if (timeout_->active()) timeout_->cancel();
  }

 private:
  void await_line() {
    timeout_ = reactor_.call_later(1min, [this] { transport()->lose_connection(); });
  }

  Reactor& reactor_;
  std::string answer_;
  DelayedCallRef timeout_;
};

/// Transport and protocol own each other until the end, also when a case leaves before.
struct EndOf {
  std::shared_ptr<StringTransport> wire;
  ~EndOf() {
    if (wire) wire->end();
  }
};

CASE("IFACE-08", ServerIsTestedWithoutANetwork,
     "a protocol is served by a reactor in memory: what it writes can be read, and its timeouts "
     "come when the clock is advanced",
     "iface_memory_port_declines") {
  MemoryReactor memory;
  const auto factory = talkers(t, "server");
  factory->on_build = [&](const Address&) { return std::make_shared<Shouter>(memory.reactor()); };
  const auto listening = query<ReactorTCP>(memory.reactor()).listen_tcp(8000, factory);
  EXPECT_EQ(provided<ReactorTCP>(memory.reactor()), Provided::kNative);
  ASSERT_EQ(memory.tcp().ports.size(), 1u);
  EXPECT_EQ(port_of(listening->host()), 8000);
  const auto wire = memory.tcp().ports[0]->accept();
  const EndOf end_of{wire};
  wire->deliver("hello");
  EXPECT_EQ(wire->value(), "HELLO");
  memory.advance(59s);
  wire->deliver("again");
  memory.advance(59s);
  EXPECT_EQ(wire->wish(), StringTransport::Wish::kNone);
  memory.advance(1s);
  EXPECT_EQ(wire->wish(), StringTransport::Wish::kLose);
  wire->end();
  memory.advance(1h);
  EXPECT_EQ(memory.reactor().get_delayed_calls().size(), 0u);
}

CASE("IFACE-08", ClientIsTestedWithoutANetwork,
     "attempts to connect succeed and fail when the test says so, and the factory hears of it as "
     "of real ones",
     "iface_memory_failure_unheard") {
  MemoryReactor memory;
  const auto client = talkers(t, "client");
  client->on_failed = [](Connector& connector, const Failure&) { connector.connect(); };
  query<ReactorTCP>(memory.reactor()).connect_tcp("example.org", 80, client);
  MemoryConnector& connector = *memory.tcp().connectors.at(0);
  connector.fail(connect_failure(ECONNREFUSED));
  EXPECT_TRUE(client->failures.at(0).is<ConnectionRefused>());
  EXPECT_EQ(connector.state(), Connector::State::kConnecting) << "it tries again";
  const auto wire = connector.succeed();
  const EndOf end_of{wire};
  wire->deliver("welcome");
  EXPECT_EQ(client->only().received, "welcome");
  connector.end(Failure::of(ConnectionDone()));
  EXPECT_EQ(client->losses.size(), 1u);
  EXPECT_EQ(client->starts, 1);
  EXPECT_EQ(client->stops, 1);
}

/// What the other end of a transport gets back for "hello", once the reactor has run for a while.
std::string answer_to_hello(CaseContext& t, const UniqueFd& in, const UniqueFd& out) {
  put(in, "hello");
  t.run_window(5);
  std::string answer(100, '\0');
  const ssize_t count = ::read(out.get(), answer.data(), answer.size());
  answer.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  return answer;
}

CASE("IFACE-09", OneProtocolServesFourKindsOfTransports,
     "one protocol, which knows the transport's interface only, serves TCP, UNIX sockets, adopted "
     "sockets and pipes",
     "iface_pipes_are_not_written") {
  const auto factory = talkers(t, "echo");
  factory->configure = [](Talker& talker) {
    talker.on_data = [](Talker& self, std::string_view data) { self.wire().write(data); };
  };
  const auto connected = [](const Address& where) {
    const SocketAddress address(where);
    UniqueFd fd(check_call(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
    check_call(::connect(fd.get(), address.data(), address.length()), "connect");
    return fd;
  };
  auto& sockets = query<ReactorSocket>(t.reactor());
  {
    const auto port = query<ReactorTCP>(t.reactor()).listen_tcp(0, factory, 50, "127.0.0.1");
    const UniqueFd client = connected(port->host());
    EXPECT_EQ(answer_to_hello(t, client, client), "hello") << "TCP";
  }
  {
    const Folder folder;
    const auto port = query<ReactorUNIX>(t.reactor()).listen_unix(folder / "socket", factory);
    const UniqueFd client = connected(port->host());
    EXPECT_EQ(answer_to_hello(t, client, client), "hello") << "UNIX";
  }
  {
    auto [near, far] = socket_pair();
    sockets.adopt_stream_connection(near.get(), factory);
    near.reset();
    EXPECT_EQ(answer_to_hello(t, far, far), "hello") << "adopted socket";
  }
  {
    auto [near_in, far_out] = make_pipe();
    auto [far_in, near_out] = make_pipe();
    sockets.adopt_pipes(near_in.get(), near_out.get(), factory->build_protocol({}));
    near_in.reset();
    near_out.reset();
    EXPECT_EQ(answer_to_hello(t, far_out, far_in), "hello") << "pipes";
  }
  ASSERT_EQ(factory->built.size(), 4u);
  for (const auto& talker : factory->built) EXPECT_EQ(talker->losses.size(), 1u);
}

CASE("IFACE-09", PipesEndAsConnectionsDo,
     "a transport over pipes sends everything before it closes, ends by halves, and tells of a "
     "reader that is gone",
     "iface_pipes_forget_the_rest") {
  auto& sockets = query<ReactorSocket>(t.reactor());
  const std::string much(300'000, 'p');  // more than a pipe holds
  auto [from, to] = make_pipe();
  const auto sender = talkers(t, "sender"), taker = talkers(t, "taker");
  const auto ends = [&](Talker& talker) {
    talker.on_lost = [&](Talker&, const Failure&) {
      if (sender->built[0]->losses.size() + taker->built[0]->losses.size() == 2) t.reactor().stop();
    };
  };
  sender->configure = taker->configure = ends;
  auto [silent, unused] = make_pipe();
  auto [sink, nowhere] = make_pipe();
  const auto wire = sockets.adopt_pipes(silent.get(), to.get(), sender->build_protocol({}));
  sockets.adopt_pipes(from.get(), nowhere.get(), taker->build_protocol({}));
  from.reset();
  to.reset();
  wire->write(much);
  wire->lose_connection();
  t.reactor().run();
  EXPECT_TRUE(taker->only().received == much);
  EXPECT_TRUE(sender->only().losses.at(0).is<ConnectionDone>());

  const auto lonely = talkers(t, "lonely");
  auto [reader, writer] = make_pipe();
  const auto other = sockets.adopt_pipes(silent.get(), writer.get(), lonely->build_protocol({}));
  reader.reset();
  other->write("nobody reads this");
  t.run_window();
  ASSERT_EQ(lonely->only().losses.size(), 1u);
  EXPECT_TRUE(lonely->only().losses[0].is<ConnectionLost>());
}

}  // namespace
}  // namespace loopmark::conformance
