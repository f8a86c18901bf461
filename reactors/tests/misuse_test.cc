// SPDX-License-Identifier: MIT
//
// Calls that lack what they need are refused where they are made, and leave no trace.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <map>
#include <memory>
#include <stdexcept>
#include <string>

#include "reactors/base/check.h"
#include "reactors/base/unique_fd.h"
#include "reactors/descriptor.h"
#include "reactors/registry.h"
#include "reactors/services/adopted_sockets.h"
#include "reactors/services/processes.h"
#include "reactors/services/signals.h"
#include "reactors/services/tcp.h"
#include "reactors/services/udp.h"
#include "reactors/services/unix_datagrams.h"
#include "reactors/services/unix_sockets.h"

namespace loopmark {
namespace {

class Deaf : public DatagramProtocol {
  void datagram_received(std::string_view, const Address&) override {}
};

class Nobody : public ClientFactory {
  std::shared_ptr<Protocol> build_protocol(const Address&) override { return nullptr; }
};

/// A descriptor whose number can be changed behind the reactor's back.
class Numbered : public Descriptor {
 public:
  explicit Numbered(int fd) : number(fd) {}
  int fileno() const override { return number; }
  Progress do_read() override { return Progress::drained(); }
  Progress do_write() override { return Progress::drained(); }
  void connection_lost(const Failure&) override {}

  int number;
};

class Misuse : public testing::Test {
 protected:
  template <class Service>
  Service& service() {
    return query<Service>(*reactor_);
  }
  void run_once() {
    reactor_->call_later(Duration::zero(), [this] { reactor_->stop(); });
    reactor_->run();
  }

  std::unique_ptr<Reactor> reactor_ = Registry::built_in().at("epoll").row->make();
};

using Misfit = std::invalid_argument;

TEST_F(Misuse, OfCallsWithoutAFunctionIsRefused) {
  EXPECT_THROW(reactor_->call_later(Duration::zero(), nullptr), Misfit);
  EXPECT_THROW(reactor_->call_when_running(nullptr), Misfit);
  EXPECT_THROW(reactor_->call_from_thread(nullptr), Misfit);
  EXPECT_THROW(reactor_->call_in_thread(nullptr), Misfit);
  EXPECT_THROW(service<ReactorSignals>().on_child_signal(nullptr), Misfit);
  EXPECT_THROW(reactor_->iterate(Duration(-1)), Misfit);
  EXPECT_TRUE(reactor_->get_delayed_calls().empty());
}

TEST_F(Misuse, OfTheThreadPoolIsRefused) {
  EXPECT_THROW(reactor_->suggest_thread_pool_size(0), Misfit);
  const std::shared_ptr<ThreadPool> pool = reactor_->thread_pool();
  EXPECT_THROW(pool->set_max_threads(0), Misfit);
  run_once();  // which joins it
  EXPECT_THROW(pool->call_in_thread([] {}), std::logic_error);
  EXPECT_FALSE(pool->started());
}

TEST_F(Misuse, OfDescriptorsIsRefused) {
  int ends[2];
  check_call(::pipe2(ends, O_CLOEXEC), "pipe2");
  const UniqueFd reading(ends[0]);
  const UniqueFd writing(ends[1]);
  const auto descriptor = std::make_shared<Numbered>(reading.get());
  EXPECT_THROW(reactor_->add_reader(nullptr), Misfit);
  reactor_->add_reader(descriptor);
  const auto other = Registry::built_in().at("epoll").row->make();
  EXPECT_THROW(other->add_writer(descriptor), std::logic_error);
  descriptor->number = writing.get();
  EXPECT_THROW(reactor_->add_writer(descriptor), std::logic_error);
  descriptor->number = reading.get();
  EXPECT_EQ(reactor_->get_readers().size(), 1u);
  EXPECT_TRUE(reactor_->get_writers().empty());
  EXPECT_TRUE(other->get_writers().empty());
}

TEST_F(Misuse, OfConnectionsAndPortsWithoutTheirOtherSideIsRefused) {
  auto& tcp = service<ReactorTCP>();
  EXPECT_THROW(tcp.listen_tcp(0, nullptr, 5, "127.0.0.1"), Misfit);
  EXPECT_THROW(tcp.connect_tcp("127.0.0.1", 1, nullptr), Misfit);
  auto& local = service<ReactorUNIX>();
  const std::string name("\0loopmark-misuse", 16);
  EXPECT_THROW(local.listen_unix(name, nullptr), Misfit);
  EXPECT_THROW(local.connect_unix(name, nullptr), Misfit);
  EXPECT_THROW(local.listen_unix("", std::make_shared<Nobody>()), Misfit);
  EXPECT_THROW(local.connect_unix("", std::make_shared<Nobody>()), Misfit);
  EXPECT_THROW(service<ReactorUNIXDatagram>().listen_unix_datagram("", std::make_shared<Deaf>()),
               Misfit);
  EXPECT_THROW(service<ReactorUDP>().listen_udp(0, nullptr, "127.0.0.1"), Misfit);
  EXPECT_THROW(service<ReactorUDP>().listen_udp(0, std::make_shared<Deaf>(), "127.0.0.1", 0),
               Misfit);
  auto& adopted = service<ReactorSocket>();
  EXPECT_THROW(adopted.adopt_stream_port(0, nullptr), Misfit);
  EXPECT_THROW(adopted.adopt_stream_connection(0, nullptr), Misfit);
  EXPECT_THROW(adopted.adopt_datagram_port(0, nullptr), Misfit);
  EXPECT_THROW(adopted.adopt_pipes(0, 1, nullptr), Misfit);
  EXPECT_TRUE(reactor_->get_readers().empty());
}

TEST_F(Misuse, OfPortsThatListenIsRefused) {
  const auto stream =
      service<ReactorTCP>().listen_tcp(0, std::make_shared<Nobody>(), 5, "127.0.0.1");
  EXPECT_THROW(stream->start_listening(), std::logic_error);
  const auto datagrams = service<ReactorUDP>().listen_udp(0, std::make_shared<Deaf>(), "127.0.0.1");
  EXPECT_THROW(datagrams->start_listening(), std::logic_error);
  EXPECT_EQ(reactor_->get_readers().size(), 2u);
  EXPECT_TRUE(reactor_->get_writers().empty());
}

TEST_F(Misuse, OfSocketsThatDoNotListenIsRefused) {
  for (const int family : {AF_INET, AF_INET6, AF_UNIX}) {
    const UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd) continue;  // a system without IPv6
    EXPECT_THROW(service<ReactorSocket>().adopt_stream_port(fd.get(), std::make_shared<Nobody>()),
                 Misfit);
  }
  EXPECT_TRUE(reactor_->get_readers().empty());
}

TEST_F(Misuse, OfAdoptedPortsThatHaveStoppedIsRefused) {
  const UniqueFd stream(check_call(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  const sockaddr unnamed{AF_UNIX, {}};  // the kernel chooses an abstract name (unix(7), autobind)
  check_call(::bind(stream.get(), &unnamed, sizeof unnamed.sa_family), "bind");
  check_call(::listen(stream.get(), 1), "listen");
  const UniqueFd datagrams(check_call(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
  check_call(::bind(datagrams.get(), &unnamed, sizeof unnamed.sa_family), "bind");
  const auto first =
      service<ReactorSocket>().adopt_stream_port(stream.get(), std::make_shared<Nobody>());
  const auto second =
      service<ReactorSocket>().adopt_datagram_port(datagrams.get(), std::make_shared<Deaf>());
  run_once();  // whose end closes both
  EXPECT_THROW(first->start_listening(), std::logic_error);
  EXPECT_THROW(second->start_listening(), std::logic_error);
  EXPECT_TRUE(reactor_->get_readers().empty());
}

TEST_F(Misuse, OfChildProcessesIsRefused) {
  auto& processes = service<ReactorProcess>();
  EXPECT_THROW(processes.spawn_process(nullptr, "/bin/true"), Misfit);
  for (const char* const name : {"", "a=b"}) {
    ProcessOptions options;
    options.environment = std::map<std::string, std::string>{{name, "x"}};
    EXPECT_THROW(
        processes.spawn_process(std::make_shared<ProcessProtocol>(), "/bin/true", {}, options),
        Misfit);
  }
  ProcessOptions options;
  options.descriptors = {{-1, Inherit{0}}};
  EXPECT_THROW(
      processes.spawn_process(std::make_shared<ProcessProtocol>(), "/bin/true", {}, options),
      std::system_error);
  EXPECT_TRUE(processes.get_children().empty());
}

}  // namespace
}  // namespace loopmark
