// SPDX-License-Identifier: MIT
#include "bench/request_server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace loopmark::bench {
namespace {

/// By the clock, so that it is the same on any machine and at any load.
void keep_busy(Duration duration) {
  const TimePoint end = Clock::now() + duration;
  while (Clock::now() < end) {
  }
}

}  // namespace

RequestServer::RequestServer(const std::vector<int>& streams) {
  for (const int fd : streams) streams_.push_back({.fd = fd});
}

void RequestServer::readable(std::size_t i) {
  Stream& stream = streams_[i];
  auto* const bytes = reinterpret_cast<char*>(&stream.request);
  const ssize_t count = ::read(stream.fd, bytes + stream.held, sizeof(Request) - stream.held);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;  // readiness is a hint
  if (count <= 0) return fault_.set("a stream of requests has ended");
  stream.held += static_cast<std::size_t>(count);
  if (stream.held < sizeof(Request)) return;
  stream.held = 0;
  if (stream.request.work > 0) keep_busy(Duration(stream.request.work));
  if (::send(stream.fd, bytes, sizeof(Request), MSG_NOSIGNAL) != sizeof(Request)) {
    return fault_.set("an answer cannot be written");
  }
  if (left_ > 0) --left_;
}

void RequestServer::verify() const {
  fault_.check();
}

}  // namespace loopmark::bench
