// SPDX-License-Identifier: MIT
#pragma once

#include <deque>
#include <string>

#include "reactors/services/stream_connection.h"
#include "reactors/services/unix_transport.h"

namespace loopmark {

/// A connected UNIX socket, which carries descriptors besides its bytes (unix(7), SCM_RIGHTS).
class UNIXConnection final : public StreamConnection, public UNIXTransport {
 public:
  using StreamConnection::StreamConnection;

  void send_file_descriptor(int fd) override;

 private:
  std::size_t send_some(std::string_view data) override;
  ssize_t receive(char* to, std::size_t size) override;
  bool has_unsent() const override;
  bool is_full() const override;
  void deliver(UniqueFd fd);
  void note(const std::string& what);

  std::deque<UniqueFd> descriptors_;  // to be sent
};

}  // namespace loopmark
