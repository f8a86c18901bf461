// SPDX-License-Identifier: MIT
//
// Ports whose factory or protocol fails, or ends the run, while it is called; and the files of UNIX ports.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "reactors/base/check.h"
#include "reactors/base/unique_fd.h"
#include "reactors/registry.h"
#include "reactors/services/log.h"
#include "reactors/services/tcp.h"
#include "reactors/services/udp.h"
#include "reactors/services/unix_datagrams.h"
#include "reactors/services/unix_sockets.h"
#include "reactors/tests/file_limit.h"

namespace loopmark {
namespace {

/// Declines each connection, and does what its functions say.
class Server final : public Factory {
 public:
  std::shared_ptr<Protocol> build_protocol(const Address&) override {
    ++builds;
    if (on_build) on_build();
    return nullptr;
  }
  void start_factory() override {
    if (on_start) on_start();
  }
  void stop_factory() override {
    if (on_stop) on_stop();
  }
  std::string log_prefix() const override { return "a server"; }

  std::function<void()> on_start, on_build, on_stop;
  int builds = 0;
};

class Datagrams final : public DatagramProtocol {
 public:
  void datagram_received(std::string_view, const Address& from) override {
    senders.push_back(from);
    if (on_datagram) on_datagram();
  }
  void connection_refused() override { ++refusals; }
  DatagramTransport& wire() { return *transport(); }

  std::function<void()> on_datagram;
  std::vector<Address> senders;
  int refusals = 0;
};

void fail() {
  throw std::runtime_error("not I");
}

/// A socket without a name that is connected with `where`.
UniqueFd connected_with(const Address& where, int type) {
  const SocketAddress address(where);
  UniqueFd fd(check_call(::socket(address.family(), type | SOCK_CLOEXEC, 0), "socket"));
  check_call(::connect(fd.get(), address.data(), address.length()), "connect");
  return fd;
}

class Ports : public testing::Test {
 protected:
  Ports() {
    reactor_->set_error_observer([this](const ErrorReport& report) {
      errors_.push_back(report.context + ": " + report.failure.message());
    });
  }
  std::shared_ptr<ListeningPort> listen_tcp() {
    return query<ReactorTCP>(*reactor_).listen_tcp(0, server_, 5, "127.0.0.1");
  }
  void pass() { reactor_->iterate(Duration::zero()); }

  std::vector<std::string> errors_;
  std::unique_ptr<Reactor> reactor_ = Registry::built_in().at("epoll").row->make();
  std::shared_ptr<Server> server_ = std::make_shared<Server>();
  const std::string path_ = testing::TempDir() + "loopmark-port-" + std::to_string(::getpid());
};

TEST_F(Ports, WhoseFactoryDoesNotStartLeaveNoFile) {
  server_->on_start = fail;
  EXPECT_THROW(query<ReactorUNIX>(*reactor_).listen_unix(path_, server_), std::runtime_error);
  EXPECT_NE(::access(path_.c_str(), F_OK), 0);
}

TEST_F(Ports, WhoseLogThrowsStopTheirFactory) {
  int stops = 0;
  server_->on_stop = [&] { ++stops; };
  query<ReactorLog>(*reactor_).set_observer([](const std::string&) { fail(); });
  EXPECT_THROW(listen_tcp(), std::runtime_error);
  EXPECT_EQ(stops, 1);
  EXPECT_TRUE(reactor_->get_readers().empty());
}

TEST_F(Ports, WithoutADescriptorInReserveSaySo) {
  std::vector<std::string> lines;
  query<ReactorLog>(*reactor_).set_observer(
      [&](const std::string& line) { lines.push_back(line); });
  {
    const FileLimit one_left(lowest_free_number() + 1);
    EXPECT_NO_THROW(listen_tcp());
  }
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_TRUE(lines[0].starts_with("no descriptor is held in reserve: "));
}

TEST_F(Ports, WhoseReactorGoesLeaveNoFile) {
  query<ReactorUNIX>(*reactor_).listen_unix(path_, server_);
  EXPECT_EQ(::access(path_.c_str(), F_OK), 0);
  reactor_.reset();
  EXPECT_NE(::access(path_.c_str(), F_OK), 0);
}

TEST_F(Ports, WithAnAbstractNameHaveNoFileWhoseModeCouldBeSet) {
  const std::string name = '\0' + path_;
  auto& sockets = query<ReactorUNIX>(*reactor_);
  const auto port = sockets.listen_unix(name, server_, 5, 0600);
  EXPECT_EQ(port->host(), Address(UNIXAddress{name}));
  port->stop_listening();
  pass();
  EXPECT_NO_THROW(sockets.listen_unix(name, server_, 5, 0600));
}

TEST_F(Ports, WhoseFactoryThrowsAtTheirStopTellSo) {
  server_->on_stop = fail;
  Failure told;
  listen_tcp()->stop_listening().add_both([&](const Failure& failure) { told = failure; });
  pass();
  EXPECT_TRUE(told.is<std::runtime_error>());
  EXPECT_TRUE(errors_.empty());
}

TEST_F(Ports, WhoseFactoryThrowsWhenTheReactorStopsReportIt) {
  server_->on_stop = fail;
  listen_tcp();
  reactor_->call_later(Duration::zero(), [&] { reactor_->stop(); });
  reactor_->run();
  EXPECT_EQ(errors_, std::vector<std::string>{"a server: not I"});
}

TEST_F(Ports, ThatShareAFactoryStopItOnce) {
  int stops = 0;
  server_->on_stop = [&] { ++stops; };
  const auto first = listen_tcp();
  const auto second = listen_tcp();
  first->stop_listening();
  pass();
  EXPECT_EQ(stops, 0);
  second->stop_listening();
  pass();
  EXPECT_EQ(stops, 1);
}

TEST_F(Ports, WhoseFactoryEndsTheRunAcceptNoMore) {
  const auto port = listen_tcp();
  const UniqueFd first = connected_with(port->host(), SOCK_STREAM);
  const UniqueFd second = connected_with(port->host(), SOCK_STREAM);
  server_->on_build = [&] { reactor_->fire_system_event("shutdown"); };
  reactor_->run();
  EXPECT_EQ(server_->builds, 1);
}

TEST_F(Ports, WhoseProtocolEndsTheRunReceiveNoMore) {
  const auto protocol = std::make_shared<Datagrams>();
  const auto port = query<ReactorUDP>(*reactor_).listen_udp(0, protocol, "127.0.0.1");
  const UniqueFd sender = connected_with(port->host(), SOCK_DGRAM);
  for (int i = 0; i < 2; ++i) ASSERT_EQ(::send(sender.get(), "x", 1, 0), 1);
  protocol->on_datagram = [&] { reactor_->fire_system_event("shutdown"); };
  reactor_->run();
  EXPECT_EQ(protocol->senders.size(), 1u);
}

TEST_F(Ports, ForDatagramsTakeThemFromNobodyAndSendThemToNoSuchName) {
  const auto protocol = std::make_shared<Datagrams>();
  const auto port =
      query<ReactorUNIXDatagram>(*reactor_).listen_unix_datagram('\0' + path_, protocol);
  ASSERT_EQ(::send(connected_with(port->host(), SOCK_DGRAM).get(), "x", 1, 0), 1);
  pass();
  EXPECT_EQ(protocol->senders, std::vector<Address>{UNIXAddress{}});
  EXPECT_THROW(protocol->wire().write("x", UNIXAddress{std::string(200, 'x')}), std::system_error);
}

TEST_F(Ports, ThatAreToStopTellOfNoRefusal) {
  const auto protocol = std::make_shared<Datagrams>();
  auto& udp = query<ReactorUDP>(*reactor_);
  const auto gone = udp.listen_udp(0, std::make_shared<Datagrams>(), "127.0.0.1");
  const auto port = udp.listen_udp(0, protocol, "127.0.0.1");
  protocol->wire().connect(gone->host());
  gone->stop_listening();
  pass();
  for (int i = 0; i < 2; ++i) protocol->wire().write("x");  // the second hears of the first
  EXPECT_EQ(reactor_->get_delayed_calls().size(), 1u);
  const Deferred stopped = port->stop_listening();
  pass();
  EXPECT_TRUE(stopped.called());
  EXPECT_EQ(protocol->refusals, 0);
}

}  // namespace
}  // namespace loopmark
