// SPDX-License-Identifier: MIT
//
// What the cases of section TCPC have in common: ports that do not answer, and clients.
#pragma once

#include <sys/socket.h>

#include <memory>
#include <utility>

#include "conformance/cases/plain_client.h"
#include "conformance/talker.h"

namespace loopmark::conformance {

/// A port of loopback on which nobody listens: it is bound, and so nobody else's.
class ClosedPort {
 public:
  ClosedPort() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const SocketAddress any(IPv4Address{"127.0.0.1", 0});
    check_call(::bind(fd_.get(), any.data(), any.length()), "bind");
  }
  std::uint16_t number() const { return port_of(host_of(fd_.get())); }

 private:
  UniqueFd fd_;
};

/// A listener that nobody accepts from, with a backlog that is full: whoever connects now waits.
class SilentPort {
 public:
  SilentPort() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const SocketAddress any(IPv4Address{"127.0.0.1", 0});
    check_call(::bind(fd_.get(), any.data(), any.length()), "bind");
    check_call(::listen(fd_.get(), 0), "listen");
    waiting_ = std::make_unique<PlainClient>(host_of(fd_.get()));
  }
  std::uint16_t number() const { return port_of(host_of(fd_.get())); }

 private:
  UniqueFd fd_;
  std::unique_ptr<PlainClient> waiting_;
};

inline std::shared_ptr<Connector> connect(CaseContext& t, std::shared_ptr<ClientFactory> factory,
                                          std::uint16_t port, const ConnectOptions& options = {}) {
  return query<ReactorTCP>(t.reactor()).connect_tcp("127.0.0.1", port, std::move(factory), options);
}

/// Nothing is left of an attempt or a connection.
inline void expect_nothing_left(CaseContext& t) {
  EXPECT_EQ(t.reactor().get_delayed_calls().size(), 0u);
  EXPECT_EQ(t.reactor().remove_all().size(), 0u);
}

}  // namespace loopmark::conformance
