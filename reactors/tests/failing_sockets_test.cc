// SPDX-License-Identifier: MIT
//
// What becomes of ports, attempts and pipes when a call fails that does not move data.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "reactors/base/check.h"
#include "reactors/base/unique_fd.h"
#include "reactors/registry.h"
#include "reactors/services/adopted_sockets.h"
#include "reactors/services/log.h"
#include "reactors/services/network_errors.h"
#include "reactors/services/processes.h"
#include "reactors/services/signals.h"
#include "reactors/services/tcp.h"
#include "reactors/services/udp.h"
#include "reactors/services/unix_datagrams.h"
#include "reactors/services/unix_sockets.h"
#include "reactors/tests/failing_call.h"

namespace loopmark {
namespace {

/// Declines each connection, on either side, and notes what it is told.
class Decliner final : public ClientFactory {
 public:
  explicit Decliner(Reactor& reactor) : reactor_(reactor) {}
  std::shared_ptr<Protocol> build_protocol(const Address&) override {
    ++builds;
    return nullptr;
  }
  void stop_factory() override {
    if (on_stop) on_stop();
  }
  void client_connection_failed(Connector&, const Failure& reason) override {
    failures.push_back(reason);
    reactor_.stop();
  }
  void client_connection_lost(Connector&, const Failure&) override { reactor_.stop(); }
  std::string log_prefix() const override { return "a factory"; }

  std::function<void()> on_stop;
  int builds = 0;
  std::vector<Failure> failures;

 private:
  Reactor& reactor_;
};

class Deaf final : public DatagramProtocol {
 public:
  void datagram_received(std::string_view, const Address&) override { ++datagrams; }
  DatagramTransport& wire() { return *transport(); }

  int datagrams = 0;
};

class Childless final : public ProcessProtocol {
 public:
  explicit Childless(Reactor& reactor) : reactor_(reactor) {}
  void child_connection_lost(int) override { ++losses; }
  void process_ended(const Failure&) override { reactor_.stop(); }

  int losses = 0;

 private:
  Reactor& reactor_;
};

/// The code of the system_error in `failure`, or 0.
int code_of(const Failure& failure) {
  try {
    failure.rethrow();
  } catch (const std::system_error& error) {
    return error.code().value();
  } catch (...) {
    return 0;
  }
}

class FailingSockets : public testing::Test {
 protected:
  FailingSockets() {
    reactor_->set_error_observer([this](const ErrorReport& report) {
      errors_.push_back(report.context + ": " + report.failure.message());
    });
    query<ReactorLog>(*reactor_).set_observer(
        [this](const std::string& line) { lines_.push_back(line); });
  }
  /// A listening socket that nobody accepts from, and where it is.
  std::pair<UniqueFd, Address> somewhere() {
    UniqueFd fd(check_call(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
    check_call(::listen(fd.get(), 5), "listen");  // on a port that the system chooses
    return {std::move(fd), IPv4Address{"127.0.0.1", port_of(host_of(fd.get()))}};
  }
  /// Connects with `where` while one call fails so, until that has come to something.
  void connect(const Address& where, const char* name, int error, int before = 0) {
    query<ReactorTCP>(*reactor_).connect_tcp("127.0.0.1", port_of(where), factory_);
    const FailingCall failing(name, error, before);
    reactor_->run();
  }
  /// A client at a port of the reactor, which is about to accept it.
  UniqueFd client() {
    port_ = query<ReactorTCP>(*reactor_).listen_tcp(0, factory_, 5, "127.0.0.1");
    const SocketAddress address(port_->host());
    UniqueFd fd(check_call(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
    check_call(::connect(fd.get(), address.data(), address.length()), "connect");
    return fd;
  }
  void pass() { reactor_->iterate(Duration::zero()); }

  std::vector<std::string> errors_;
  std::vector<std::string> lines_;
  std::unique_ptr<Reactor> reactor_ = Registry::built_in().at("epoll").row->make();
  std::shared_ptr<Decliner> factory_ = std::make_shared<Decliner>(*reactor_);
  std::shared_ptr<ListeningPort> port_;
};

TEST_F(FailingSockets, FailTheAttemptThatNeedsThem) {
  const auto [listening, where] = somewhere();
  connect(where, "socket", EMFILE);
  connect(where, "getsockopt", ENOBUFS);      // for its error
  connect(where, "getpeername", ENOBUFS);     // whether it is connected
  connect(where, "getpeername", ENOBUFS, 1);  // for its peer's address
  ASSERT_EQ(factory_->failures.size(), 4u);
  EXPECT_EQ(code_of(factory_->failures[0]), EMFILE);
  for (std::size_t i = 1; i < 4; ++i) EXPECT_EQ(code_of(factory_->failures[i]), ENOBUFS) << i;
  EXPECT_EQ(errors_.size(), 1u);  // the second, which threw where the reactor called the attempt
  EXPECT_EQ(factory_->builds, 0);
}

TEST_F(FailingSockets, ThatAreInterruptedOrCalledWithoutNeedEndNoAttempt) {
  const auto [listening, where] = somewhere();
  connect(where, "connect", EINTR);
  connect(where, "getpeername", ENOTCONN);
  EXPECT_TRUE(factory_->failures.empty());
  EXPECT_EQ(factory_->builds, 2);
}

TEST_F(FailingSockets, OfAcceptedClientsAreReportedUnlessTheClientHasGone) {
  for (const int error : {ENOTCONN, ENOBUFS}) {
    const UniqueFd fd = client();
    const FailingCall failing("getpeername", error);
    pass();
  }
  ASSERT_EQ(errors_.size(), 1u);
  EXPECT_TRUE(errors_[0].starts_with("a factory: getpeername: "));
  EXPECT_EQ(factory_->builds, 0);
}

TEST_F(FailingSockets, ThatDoNotAcceptForAWhileCanBeStopped) {
  const UniqueFd fd = client();
  {
    const FailingCall failing("accept4", ENFILE);
    pass();
  }
  EXPECT_TRUE(reactor_->get_readers().empty());
  const Deferred stopped = port_->stop_listening();
  pass();
  EXPECT_TRUE(stopped.called());
  EXPECT_EQ(factory_->builds, 0);
  EXPECT_EQ(lines_.size(), 3u);  // it listens, does not accept, has stopped
}

TEST_F(FailingSockets, ThatDoNotAcceptForAWhileReportWhatTheReactorsStopThrows) {
  const UniqueFd fd = client();
  factory_->on_stop = [] { throw std::runtime_error("not I"); };
  reactor_->call_later(Duration::zero(), [&] { reactor_->stop(); });
  const FailingCall failing("accept4", ENFILE);
  reactor_->run();
  EXPECT_EQ(errors_, std::vector<std::string>{"a factory: not I"});
}

TEST_F(FailingSockets, ReportALogThatThrowsAndGoOn) {
  const UniqueFd fd = client();
  query<ReactorLog>(*reactor_).set_observer(
      [](const std::string&) { throw std::runtime_error("no log"); });
  const FailingCall failing("accept4", ENFILE);
  pass();
  EXPECT_EQ(errors_, std::vector<std::string>{"a factory: no log"});
}

TEST_F(FailingSockets, WhoseModeCannotBeSetLeaveNoFile) {
  const std::string path = testing::TempDir() + "loopmark-mode-" + std::to_string(::getpid());
  {
    const FailingCall failing("chmod", EIO);
    EXPECT_THROW(query<ReactorUNIX>(*reactor_).listen_unix(path, factory_), CannotListenError);
  }
  EXPECT_NE(::access(path.c_str(), F_OK), 0);
  {
    const FailingCall failing("chmod", EIO);
    EXPECT_THROW(
        query<ReactorUNIXDatagram>(*reactor_).listen_unix_datagram(path, std::make_shared<Deaf>()),
        CannotListenError);
  }
  EXPECT_NE(::access(path.c_str(), F_OK), 0);
}

TEST_F(FailingSockets, WhoseFileCannotBeRemovedStopAllTheSameAndReportIt) {
  const std::string path = testing::TempDir() + "loopmark-file-" + std::to_string(::getpid());
  const auto stop = [&](ListeningPort& port) {
    const Deferred stopped = port.stop_listening();
    {
      const FailingCall failing("unlink", EACCES);
      pass();
    }
    EXPECT_TRUE(stopped.called());
    EXPECT_EQ(errors_.size(), 1u);
    EXPECT_NE(errors_.back().find("cannot remove " + path + ": Permission denied"),
              std::string::npos)
        << errors_.back();
    errors_.clear();
    EXPECT_EQ(::unlink(path.c_str()), 0);
  };
  stop(*query<ReactorUNIX>(*reactor_).listen_unix(path, factory_));
  stop(*query<ReactorUNIXDatagram>(*reactor_).listen_unix_datagram(path, std::make_shared<Deaf>()));
}

TEST_F(FailingSockets, WhoseFileIsGoneAlreadyStopInSilence) {
  const std::string path = testing::TempDir() + "loopmark-gone-" + std::to_string(::getpid());
  const auto port = query<ReactorUNIX>(*reactor_).listen_unix(path, factory_);
  EXPECT_EQ(::unlink(path.c_str()), 0);
  const Deferred stopped = port->stop_listening();
  pass();
  EXPECT_TRUE(stopped.called());
  EXPECT_TRUE(errors_.empty());
}

TEST_F(FailingSockets, ThatCannotBeAskedForTheirPeerAreNotAdopted) {
  const UniqueFd fd(check_call(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
  const FailingCall failing("getpeername", ENOBUFS);
  EXPECT_THROW(
      query<ReactorSocket>(*reactor_).adopt_datagram_port(fd.get(), std::make_shared<Deaf>()),
      std::system_error);
  EXPECT_TRUE(reactor_->get_readers().empty());
}

// As the network may.
TEST_F(FailingSockets, ThatHaveNoRoomDropTheDatagramAndThrowForAllElse) {
  const auto protocol = std::make_shared<Deaf>();
  auto& udp = query<ReactorUDP>(*reactor_);
  const Address where = udp.listen_udp(0, protocol, "127.0.0.1")->host();
  DatagramTransport& wire = protocol->wire();
  for (const int error : {EAGAIN, ENOBUFS}) {
    const FailingCall failing("sendto", error);
    EXPECT_NO_THROW(wire.write("x", where));
  }
  {
    const FailingCall failing("sendto", EIO);
    EXPECT_THROW(wire.write("x", where), std::system_error);
  }
  wire.connect(where);
  const FailingCall failing("sendto", EIO);
  EXPECT_THROW(wire.write("x"), std::system_error);
  pass();
  EXPECT_EQ(protocol->datagrams, 0);
}

TEST_F(FailingSockets, OfPipesAreAskedAgainWhetherTheirReaderIsGone) {
  const auto protocol = std::make_shared<Childless>(*reactor_);
  query<ReactorProcess>(*reactor_).spawn_process(protocol, "/bin/true", {},
                                                 {.descriptors = {{0, ParentWrites()}}});
  const FailingCall failing("poll", EINTR);
  reactor_->run();
  EXPECT_EQ(protocol->losses, 1);
}

TEST_F(FailingSockets, WakeTheLoopAllTheSame) {
  for (const int error : {EINTR, EAGAIN}) {  // full: it is awake
    const FailingCall failing("write", error);
    std::thread other([&] { reactor_->call_from_thread([] {}); });
    other.join();
    pass();
  }
  bool called = false;
  reactor_->call_from_thread([&] { called = true; });
  pass();
  EXPECT_TRUE(called);
}

TEST_F(FailingSockets, BringSignalsAllTheSame) {
  std::optional<FailingCall> failing;
  reactor_->call_later(Duration::zero(), [&] {
    failing.emplace("write", EINTR);
    ::raise(SIGTERM);
  });
  query<ReactorSignals>(*reactor_).run();
  EXPECT_EQ(query<ReactorSignals>(*reactor_).exit_signal(), SIGTERM);
}

}  // namespace
}  // namespace loopmark
