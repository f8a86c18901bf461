// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "reactors/base/unique_fd.h"

namespace loopmark::bench {

/// What a link is made of.
enum class LinkKind { kSocketpair, kPipe, kEventfd, kUnix, kTcp };

/// Their names as values of a parameter, in the same order.
inline constexpr std::string_view kLinkKinds[] = {"socketpair", "pipe", "eventfd", "unix", "tcp"};

/// One end of a link, with a descriptor for each direction or one for both.
struct LinkEnd {
  UniqueFd reader;
  UniqueFd writer;  // empty where the reader goes both ways

  int in() const { return reader.get(); }
  int out() const { return writer ? writer.get() : reader.get(); }
};

/// What is written into one end is read from the other, in both directions.
struct Link {
  LinkEnd first;
  LinkEnd second;
};

/// Socketpair: a UNIX stream. Pipe: two of them. Eventfd: two counters, which take eight bytes at a
/// time. Unix and TCP: a connection through a listening socket; TCP sends at once what is written.
/// All non-blocking. Throws std::system_error.
Link make_link(LinkKind kind);

}  // namespace loopmark::bench
