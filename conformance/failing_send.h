// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cerrno>

#include "conformance/faults.h"
#include "conformance/promises.h"

namespace loopmark::conformance::faults {

/// A call that was to send these bytes fails with `error`, or, with kShort, `send_some` sends the first of them alone.
template <class SendSome>
ssize_t fail_to_send(int fd, const void* from, std::size_t size, int error, SendSome send_some) {
  const ssize_t count = error == kShort ? send_some(std::size_t{1}) : -1;
  const std::size_t sent = count > 0 ? 1 : 0;
  promises::not_sent(fd, static_cast<const char*>(from) + sent, size - sent);
  if (error != kShort) errno = error;
  return count;
}

}  // namespace loopmark::conformance::faults
