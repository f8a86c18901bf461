// SPDX-License-Identifier: MIT
//
// Sockets of the loopback interface for probes.
#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <vector>

#include "reactors/base/check.h"
#include "reactors/base/unique_fd.h"

namespace loopmark::profile {

/// A socket bound to a free port, and its address.
struct BoundSocket {
  UniqueFd fd;
  sockaddr_in address{};

  const sockaddr* where() const { return reinterpret_cast<const sockaddr*>(&address); }
};

/// A new one. `type` is SOCK_STREAM or SOCK_DGRAM.
inline BoundSocket bind_socket(int type) {
  BoundSocket made;
  made.fd.reset(check_call(::socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket"));
  made.address.sin_family = AF_INET;
  made.address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof made.address;
  check_call(::bind(made.fd.get(), made.where(), length), "bind");
  check_call(::getsockname(made.fd.get(), reinterpret_cast<sockaddr*>(&made.address), &length),
             "getsockname");
  return made;
}

/// A datagram socket whose datagram was refused, since nobody had the port it went to.
inline UniqueFd refused_datagram(bool connected) {
  UniqueFd sender = bind_socket(SOCK_DGRAM).fd;
  BoundSocket gone = bind_socket(SOCK_DGRAM);
  gone.fd.reset();
  constexpr socklen_t kLength = sizeof gone.address;
  if (!connected) {
    check_call(static_cast<int>(::sendto(sender.get(), "x", 1, 0, gone.where(), kLength)),
               "sendto");
    return sender;
  }
  check_call(::connect(sender.get(), gone.where(), kLength), "connect");
  check_call(static_cast<int>(::send(sender.get(), "x", 1, 0)), "send");
  pollfd refusal{sender.get(), 0, 0};  // errors are told unasked
  if (::poll(&refusal, 1, 5000) != 1) throw_errno("no refusal came", ETIMEDOUT);
  return sender;
}

/// A listening socket for which `count` clients wait.
struct Backlog {
  BoundSocket listener;
  std::vector<UniqueFd> clients;
};

/// A new one.
inline Backlog make_backlog(int count) {
  Backlog made{bind_socket(SOCK_STREAM), {}};
  check_call(::listen(made.listener.fd.get(), count), "listen");
  for (int i = 0; i < count; ++i) {
    const int client = check_call(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    made.clients.emplace_back(client);
    check_call(::connect(client, made.listener.where(), sizeof made.listener.address), "connect");
  }
  return made;
}

}  // namespace loopmark::profile
