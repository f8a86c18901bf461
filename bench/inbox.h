// SPDX-License-Identifier: MIT
//
// An inbox is a loop to which other threads post numbers; mail is what becomes of them there. As with
// traffic and carriers, each workload is written once and each loop once, and all is resolved at
// compile time:
//
//   Inbox(arm, mail)        makes the loop; this and serve() in one thread, which is the loop's
//   inbox.post(number)      any thread
//   inbox.serve()           hands numbers to the mail, in the order they were posted, until it is done
//   inbox.wake_ups()        so often the loop was woken; where that can be seen from outside
//   inbox.evidence()
#pragma once

#include <stdexcept>

#include "bench/bare_inbox.h"
#include "bench/library_inbox.h"
#include "bench/reactor_inbox.h"

namespace loopmark::bench {

/// What `make.template operator()<Inbox>()` returns for the kind of inbox that `arm` stands for.
template <class Make>
auto with_inbox_of(const Arm& arm, Make make) {
  if (arm.make_reactor) return make.template operator()<ReactorInbox>();
  if (arm.make_library_loop) return make.template operator()<LibraryInbox>();
  if (arm.name == kBareEpoll) return make.template operator()<BareInbox>();
  throw std::invalid_argument("there is no bare loop '" + arm.name + "' to post to");
}

}  // namespace loopmark::bench
