// SPDX-License-Identifier: MIT
//
// A client without a reactor, for cases about servers.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "conformance/case.h"
#include "conformance/probe.h"
#include "reactors/base/check.h"
#include "reactors/reactor.h"
#include "reactors/services/address.h"

namespace loopmark::conformance {

/// A TCP socket of IPv4 that connects at once, or has the error that connect(2) had.
class PlainClient {
 public:
  explicit PlainClient(const Address& where) : PlainClient() { connect(where); }

  /// For a connect() later on: it needs no further descriptor.
  PlainClient() : fd_(check_call(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")) {}
  void connect(const Address& where) {
    const SocketAddress address(where);
    error_ = ::connect(fd_.get(), address.data(), address.length()) == 0 ? 0 : errno;
  }

  int error() const { return error_; }
  int fd() const { return fd_.get(); }
  Address host() const { return host_of(fd_.get()); }
  void close() { fd_.reset(); }
  void send(std::string_view text) {
    EXPECT_EQ(::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }

  /// Closes so that the peer sees a reset.
  void reset() {
    const linger at_once{1, 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    fd_.reset();
  }

  /// Reads until the peer has ended the connection: "end", or "reset".
  std::string read_to_end() {
    char byte[4096];
    for (;;) {
      const ssize_t count = ::recv(fd_.get(), byte, sizeof byte, 0);
      if (count > 0) received_.append(byte, static_cast<std::size_t>(count));
      if (count == 0) return "end";
      if (count < 0 && errno != EINTR) return "reset";
    }
  }
  /// Takes at most `most` bytes of what is there.
  void read_some(std::size_t most) {
    std::string bytes(most, '\0');
    const ssize_t count = ::recv(fd_.get(), bytes.data(), most, MSG_DONTWAIT);
    if (count > 0) received_.append(bytes, 0, static_cast<std::size_t>(count));
  }
  const std::string& received() const { return received_; }

  /// Calls `function` on the reactor when the peer has ended the connection. The socket belongs to the reactor from here.
  void on_end(Reactor& reactor, std::function<void()> function) {
    ::fcntl(fd_.get(), F_SETFL, O_NONBLOCK);
    const auto watching = probe(std::move(fd_));
    watching->on_lost = [function = std::move(function)](Probe&, const Failure&) { function(); };
    reactor.add_reader(watching);
  }

 private:
  UniqueFd fd_;
  int error_ = 0;
  std::string received_;
};

}  // namespace loopmark::conformance
