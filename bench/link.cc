// SPDX-License-Identifier: MIT
#include "bench/link.h"

#include <fcntl.h>
#include <sys/eventfd.h>

#include <utility>

#include "bench/descriptors.h"
#include "bench/listener.h"
#include "reactors/base/check.h"

namespace loopmark::bench {
namespace {

/// A counter that has a reader and a writer, like a pipe.
DescriptorPair make_counter() {
  UniqueFd reader(check_call(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd"));
  UniqueFd writer(check_call(::fcntl(reader.get(), F_DUPFD_CLOEXEC, 0), "fcntl"));
  return {std::move(reader), std::move(writer)};
}

Link both_ways(DescriptorPair there, DescriptorPair back) {
  return {{std::move(back.reader), std::move(there.writer)},
          {std::move(there.reader), std::move(back.writer)}};
}

Link connected(SocketKind kind) {
  const Listener listener(kind, 1);
  UniqueFd first = listener.connect();
  if (kind == SocketKind::kTcp) set_no_delay(first.get());
  make_non_blocking(first.get());
  return {{std::move(first), {}}, {listener.accept(), {}}};
}

}  // namespace

Link make_link(LinkKind kind) {
  switch (kind) {
    case LinkKind::kPipe:
      return both_ways(make_pair(PairKind::kPipe), make_pair(PairKind::kPipe));
    case LinkKind::kEventfd:
      return both_ways(make_counter(), make_counter());
    case LinkKind::kUnix:
      return connected(SocketKind::kUnix);
    case LinkKind::kTcp:
      return connected(SocketKind::kTcp);
    case LinkKind::kSocketpair:
      break;
  }
  DescriptorPair pair = make_pair(PairKind::kSocketpair);
  return {{std::move(pair.reader), {}}, {std::move(pair.writer), {}}};
}

}  // namespace loopmark::bench
