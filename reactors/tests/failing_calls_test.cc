// SPDX-License-Identifier: MIT
//
// What becomes of data when the call that moves it is interrupted, or finds no room after all, or fails.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "reactors/base/check.h"
#include "reactors/base/unique_fd.h"
#include "reactors/registry.h"
#include "reactors/services/adopted_sockets.h"
#include "reactors/services/processes.h"
#include "reactors/services/udp.h"
#include "reactors/services/unix_transport.h"
#include "reactors/tests/failing_call.h"

namespace loopmark {
namespace {

const std::string kText = "hello";

/// What both ends of a connection come to.
struct Ends {
  Reactor& reactor;
  std::string received = {};
  bool lost = false;
  bool stopped = false;

  void data(std::string_view more) {
    received += more;
    if (received == kText) stop();
  }
  void loss() {
    lost = lost || !stopped;
    stop();
  }
  void stop() {
    if (!std::exchange(stopped, true)) reactor.stop();
  }
};

class Talker : public Protocol {
 public:
  explicit Talker(Ends& ends) : ends_(ends) {}
  void data_received(std::string_view data) override { ends_.data(data); }
  void connection_lost(const Failure&) override { ends_.loss(); }

 private:
  Ends& ends_;
};

class Talkers : public Factory {
 public:
  explicit Talkers(Ends& ends) : ends_(ends) {}
  std::shared_ptr<Protocol> build_protocol(const Address&) override {
    return std::make_shared<Talker>(ends_);
  }

 private:
  Ends& ends_;
};

class DatagramTalker : public DatagramProtocol {
 public:
  explicit DatagramTalker(Ends& ends) : ends_(ends) {}
  void datagram_received(std::string_view data, const Address&) override { ends_.data(data); }
  void stop_protocol() override { ends_.loss(); }
  DatagramTransport& wire() { return *transport(); }

 private:
  Ends& ends_;
};

class Cat : public ProcessProtocol {
 public:
  explicit Cat(Ends& ends) : ends_(ends) {}
  void connection_made() override { transport()->write(kText); }
  void child_data_received(int, std::string_view data) override {
    received_ += data;
    if (received_ == kText) transport()->lose_connection();
  }
  void child_connection_lost(int) override {
    if (received_ != kText) ends_.lost = true;
    transport()->lose_connection();
  }
  void process_ended(const Failure&) override {
    ends_.received = received_;
    ends_.stop();
  }

 private:
  Ends& ends_;
  std::string received_;
};

std::pair<UniqueFd, UniqueFd> tcp_pair() {
  const UniqueFd listening(check_call(::socket(AF_INET, SOCK_STREAM, 0), "socket"));
  sockaddr_in address{};
  socklen_t length = sizeof address;
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  check_call(::bind(listening.get(), generic, length), "bind");
  check_call(::listen(listening.get(), 1), "listen");
  check_call(::getsockname(listening.get(), generic, &length), "getsockname");
  UniqueFd near(check_call(::socket(AF_INET, SOCK_STREAM, 0), "socket"));
  check_call(::connect(near.get(), generic, length), "connect");
  return {std::move(near),
          UniqueFd(check_call(::accept(listening.get(), nullptr, nullptr), "accept"))};
}

std::pair<UniqueFd, UniqueFd> pair_made_by(int (*make)(int ends[2])) {
  int ends[2];
  check_call(make(ends), "pair");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

/// Both ends of `pair` with talkers; the first of them is to write. The reactor has duplicates.
std::shared_ptr<Transport> adopt(const std::pair<UniqueFd, UniqueFd>& pair, Ends& ends) {
  auto& sockets = query<ReactorSocket>(ends.reactor);
  sockets.adopt_stream_connection(pair.second.get(), std::make_shared<Talkers>(ends));
  return sockets.adopt_stream_connection(pair.first.get(), std::make_shared<Talkers>(ends));
}

void over_tcp(Ends& ends) {
  ends.reactor.call_when_running([wire = adopt(tcp_pair(), ends)] { wire->write(kText); });
}

/// With a descriptor that nobody takes.
void over_unix(Ends& ends) {
  const auto pair =
      pair_made_by([](int made[2]) { return ::socketpair(AF_UNIX, SOCK_STREAM, 0, made); });
  ends.reactor.call_when_running([wire = adopt(pair, ends)] {
    dynamic_cast<UNIXTransport&>(*wire).send_file_descriptor(STDERR_FILENO);
    wire->write(kText);
  });
}

void over_a_pipe(Ends& ends) {
  const auto pair = pair_made_by([](int made[2]) { return ::pipe2(made, O_CLOEXEC); });
  const auto wire =
      query<ReactorSocket>(ends.reactor)
          .adopt_pipes(pair.first.get(), pair.second.get(), std::make_shared<Talker>(ends));
  ends.reactor.call_when_running([wire] { wire->write(kText); });
}

void over_udp(Ends& ends) {
  auto& udp = query<ReactorUDP>(ends.reactor);
  const auto near = std::make_shared<DatagramTalker>(ends);
  const auto far = std::make_shared<DatagramTalker>(ends);
  udp.listen_udp(0, near, "127.0.0.1");
  udp.listen_udp(0, far, "127.0.0.1");
  ends.reactor.call_when_running([near, far] { near->wire().write(kText, far->wire().host()); });
}

void through_a_child(Ends& ends) {
  ends.reactor.call_when_running([&ends] {
    query<ReactorProcess>(ends.reactor).spawn_process(std::make_shared<Cat>(ends), "/bin/cat");
  });
}

struct Way {
  const char* call;
  void (*send)(Ends& ends);
};
constexpr Way kWays[] = {{"send", over_tcp},         {"recv", over_tcp},
                         {"sendmsg", over_unix},     {"recvmsg", over_unix},
                         {"write", over_a_pipe},     {"read", over_a_pipe},
                         {"sendto", over_udp},       {"recvfrom", over_udp},
                         {"write", through_a_child}, {"read", through_a_child}};

/// Sends the text, with that call failing once.
Ends send_with(const Way& way, int error, Reactor& reactor) {
  Ends ends{reactor};
  reactor.set_error_observer([](const ErrorReport&) {});
  std::optional<FailingCall> failing;
  reactor.call_when_running([&] { failing.emplace(way.call, error); });
  way.send(ends);
  reactor.run();
  return ends;
}

std::unique_ptr<Reactor> epoll() {
  return Registry::built_in().at("epoll").row->make();
}

TEST(FailingCalls, ThatAreInterruptedLoseNothing) {
  for (const Way& way : kWays) {
    const auto reactor = epoll();
    const Ends ends = send_with(way, EINTR, *reactor);
    EXPECT_EQ(ends.received, kText) << way.call;
    EXPECT_FALSE(ends.lost) << way.call;
  }
}

// A readiness can be spurious (select(2)). What finds no room for a datagram drops it, as the network may.
TEST(FailingCalls, ThatFindNothingOrNoRoomAreMadeAgain) {
  for (const Way& way : kWays) {
    if (std::string(way.call) == "sendto") continue;
    const auto reactor = epoll();
    const Ends ends = send_with(way, EAGAIN, *reactor);
    EXPECT_EQ(ends.received, kText) << way.call;
    EXPECT_FALSE(ends.lost) << way.call;
  }
}

TEST(FailingCalls, ThatFailForGoodEndTheConnection) {
  for (const Way& way : kWays) {
    if (std::string(way.call) == "sendto") continue;  // that throws out of write()
    const auto reactor = epoll();
    const Ends ends = send_with(way, EIO, *reactor);
    EXPECT_TRUE(ends.lost) << way.call;
    EXPECT_NE(ends.received, kText) << way.call;
  }
}

}  // namespace
}  // namespace loopmark
