// SPDX-License-Identifier: MIT
//
// Sockets for datagrams without a reactor, for cases about ports; and how to wait for datagrams.
#pragma once

#include <sys/socket.h>

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/case.h"
#include "reactors/base/check.h"
#include "reactors/base/unique_fd.h"
#include "reactors/services/address.h"

namespace loopmark::conformance {

/// A socket that is bound. What it has received is there to be taken.
class PlainDatagrams {
 public:
  explicit PlainDatagrams(const Address& where)
      : fd_(check_call(::socket(SocketAddress(where).family(), SOCK_DGRAM | SOCK_CLOEXEC, 0),
                       "socket")) {
    const SocketAddress address(where);
    check_call(::bind(fd_.get(), address.data(), address.length()), "bind");
  }
  /// On loopback, with a number that the system chooses.
  PlainDatagrams() : PlainDatagrams(IPv4Address{"127.0.0.1", 0}) {}

  Address host() const { return host_of(fd_.get()); }
  int fd() const { return fd_.get(); }

  void send(std::string_view text, const Address& to) {
    const SocketAddress address(to);
    EXPECT_EQ(::sendto(fd_.get(), text.data(), text.size(), 0, address.data(), address.length()),
              static_cast<ssize_t>(text.size()));
  }

  /// From here on, who sends from elsewhere is refused, as if nobody had the number; but nobody else can get it.
  void listen_to(const Address& peer) {
    const SocketAddress address(peer);
    check_call(::connect(fd_.get(), address.data(), address.length()), "connect");
  }
  void refuse_all() { listen_to(host()); }

  /// The datagrams that have arrived since the last call.
  std::vector<std::string> take() {
    std::vector<std::string> taken;
    std::array<char, 65536> bytes;
    for (;;) {
      const ssize_t count = ::recv(fd_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
      if (count < 0) return taken;
      taken.emplace_back(bytes.data(), static_cast<std::size_t>(count));
    }
  }
  /// Waits for one more, and drops it.
  void wait() {
    char byte = 0;
    EXPECT_GE(::recv(fd_.get(), &byte, 1, 0), 0);
  }

 private:
  UniqueFd fd_;
};

/// Waits until datagrams that were sent before have arrived, and the answers that the kernel gives: under load it delivers
/// them some time after the call that sends. Datagrams on the same way, one after the other, come behind them.
inline void settle() {
  PlainDatagrams ring;
  for (int i = 0; i < 10; ++i) {
    ring.send("round", ring.host());
    ring.wait();
  }
}

/// Runs until `done` says so, or until what was under way has arrived and was served many times over. Notes "stopping" in
/// the case's log, and stops the reactor.
inline void run_until(CaseContext& t, const std::function<bool()>& done) {
  int rounds = 30;
  const std::function<void()> round = [&] {
    settle();
    if (done() || --rounds == 0) {
      t.log("stopping");
      t.reactor().stop();
    } else {
      t.reactor().call_later(0s, round);
    }
  };
  t.reactor().call_later(0s, round);
  t.reactor().run();
}

/// Runs as long as run_until() at most does: what has not happened by then does not happen.
inline void run_to_the_end(CaseContext& t) {
  run_until(t, [] { return false; });
}

}  // namespace loopmark::conformance
