// SPDX-License-Identifier: MIT
#include "conformance/programs/traffic.h"

#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "reactors/base/check.h"
#include "reactors/base/unique_fd.h"
#include "reactors/services/address.h"

namespace loopmark::conformance::programs {

bool is_under_way(int from, int to) {
  pollfd arrived{to, POLLIN | POLLRDHUP, 0};
  if (to < 0 || ::poll(&arrived, 1, 0) != 0) return false;
  if (from < 0) return true;
  int unacknowledged = 0;  // tcp(7)
  check_call(::ioctl(from, SIOCOUTQ, &unacknowledged), "ioctl");
  return unacknowledged > 0;
}

std::string own_address() {
  const int pid = ::getpid();
  return "127." + std::to_string(64 + (pid >> 16) % 64) + "." + std::to_string((pid >> 8) % 256) +
         "." + std::to_string(pid % 256);
}

void await_loopback() {
  const UniqueFd fd(check_call(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
  const SocketAddress anywhere(IPv4Address{"127.0.0.1", 0});
  check_call(::bind(fd.get(), anywhere.data(), anywhere.length()), "bind");
  const SocketAddress own(host_of(fd.get()));
  check_call(::connect(fd.get(), own.data(), own.length()), "connect");
  char byte = 'x';
  if (::send(fd.get(), &byte, 1, 0) != 1 || ::recv(fd.get(), &byte, 1, 0) != 1)
    throw_errno("a datagram over loopback");
}

}  // namespace loopmark::conformance::programs
