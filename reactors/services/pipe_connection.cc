// SPDX-License-Identifier: MIT
#include "reactors/services/pipe_connection.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "reactors/errors.h"

namespace loopmark {

std::size_t PipeConnection::send_some(std::string_view data) {
  for (;;) {
    const ssize_t count = ::write(writing_.fileno(), data.data(), data.size());
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno == EAGAIN) return 0;
    if (errno != EINTR)
      throw ConnectionLost(std::string("the pipe cannot be written to: ") + std::strerror(errno));
  }
}

ssize_t PipeConnection::receive(char* to, std::size_t size) {
  return ::read(fileno(), to, size);
}

void PipeConnection::close() {
  StreamConnection::close();
  writing_.close();
}

}  // namespace loopmark
