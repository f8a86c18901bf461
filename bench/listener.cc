// SPDX-License-Identifier: MIT
#include "bench/listener.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include "reactors/base/check.h"

namespace loopmark::bench {
namespace {

int family(SocketKind kind) {
  return kind == SocketKind::kTcp ? AF_INET : AF_UNIX;
}

}  // namespace

Listener::Listener(SocketKind kind, int backlog) : kind_(kind) {
  fd_.reset(
      check_call(::socket(family(kind), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket"));
  auto* const address = reinterpret_cast<sockaddr*>(&address_);
  address->sa_family = static_cast<sa_family_t>(family(kind));
  socklen_t length = sizeof(sa_family_t);  // of a UNIX socket, that asks for an abstract address
  if (kind == SocketKind::kTcp) {
    reinterpret_cast<sockaddr_in*>(address)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    length = sizeof(sockaddr_in);
  }
  check_call(::bind(fd_.get(), address, length), "bind");
  if (kind == SocketKind::kTcp) set_no_delay(fd_.get());  // connections inherit it
  check_call(::listen(fd_.get(), backlog), "listen");
  check_call(::getsockname(fd_.get(), address, &length_), "getsockname");
}

UniqueFd Listener::connect(Ending ending) const {
  UniqueFd fd(check_call(::socket(family(kind_), SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  if (kind_ == SocketKind::kTcp && ending == Ending::kReset) {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    check_call(::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once),
               "SO_LINGER");
  }
  check_call(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address_), length_), "connect");
  return fd;
}

int Listener::accept_waiting() const {
  return ::accept4(fd_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

UniqueFd Listener::accept() const {
  pollfd waits{fd_.get(), POLLIN, 0};
  check_call(::poll(&waits, 1, -1), "poll");
  return UniqueFd(check_call(accept_waiting(), "accept4"));
}

void set_no_delay(int fd) {
  const int on = 1;
  check_call(::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
}

void make_non_blocking(int fd) {
  check_call(::fcntl(fd, F_SETFL, check_call(::fcntl(fd, F_GETFL), "fcntl") | O_NONBLOCK), "fcntl");
}

}  // namespace loopmark::bench
