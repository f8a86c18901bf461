// SPDX-License-Identifier: MIT
#include "bench/descriptors.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include <limits>
#include <string>
#include <utility>

#include "bench/workload.h"
#include "reactors/base/check.h"

namespace loopmark::bench {
namespace {

// What the process has open already, and what a loop opens for itself.
constexpr std::size_t kReserve = 40;

}  // namespace

DescriptorPair make_pair(PairKind kind) {
  int fds[2];
  if (kind == PairKind::kPipe) {
    check_call(::pipe2(fds, O_NONBLOCK | O_CLOEXEC), "pipe2");
  } else {
    check_call(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
               "socketpair");
  }
  return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

void need_descriptors(std::size_t things, std::size_t each) {
  const rlim_t most = std::numeric_limits<rlim_t>::max() - kReserve;  // or the product would wrap
  const rlim_t needed = things > most / each ? most : things * each + kReserve;
  rlimit limit{};
  check_call(::getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
  if (limit.rlim_cur >= needed) return;
  limit.rlim_cur = limit.rlim_max;
  if (limit.rlim_max >= needed && ::setrlimit(RLIMIT_NOFILE, &limit) == 0) return;
  throw Refused("needs " + std::to_string(needed) + " descriptors, the limit is " +
                std::to_string(limit.rlim_max) + " (ulimit -Hn): raise it, or take fewer");
}

UniqueFd out_of_the_way(UniqueFd fd) {
  UniqueFd moved(::fcntl(fd.get(), F_DUPFD_CLOEXEC, FD_SETSIZE));
  return moved ? std::move(moved) : std::move(fd);
}

}  // namespace loopmark::bench
