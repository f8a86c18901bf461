// SPDX-License-Identifier: MIT
#pragma once

namespace loopmark {

/// What the transport of a UNIX connection can do besides (Twisted's IUNIXTransport). Reactor thread.
///
///   dynamic_cast<UNIXTransport&>(*transport()).send_file_descriptor(fd);
class UNIXTransport {
 public:
  virtual ~UNIXTransport() = default;

  /// Sends the peer a descriptor of what `fd` stands for, with the next byte that is still to be sent: each needs a byte
  /// of its own. When there are more of them than bytes in the pass that sends them, the connection ends with
  /// ConnectionLost. Duplicated in the call: the caller may close `fd`. Does nothing when write() would do nothing. More
  /// than 64 in the queue pause a push producer. Throws std::system_error (EBADF, EMFILE).
  virtual void send_file_descriptor(int fd) = 0;
};

}  // namespace loopmark
