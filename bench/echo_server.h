// SPDX-License-Identifier: MIT
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <utility>
#include <vector>

#include "bench/bell.h"
#include "bench/fault.h"
#include "bench/page_buffer.h"
#include "bench/planted_work.h"
#include "bench/service.h"
#include "reactors/base/unique_fd.h"

namespace loopmark::bench {

/// Sends back what comes on each of its connections, and knows nothing of requests, but for the work
/// that is planted in each. A service of a carrier.
class EchoServer {
 public:
  /// The most that one read takes.
  static constexpr std::size_t kReadSize = 65536;

  /// A request has `request` bytes and costs `planted_steps`. The connections are non-blocking.
  EchoServer(std::vector<UniqueFd> connections, std::size_t request, std::uint64_t planted_steps)
      : request_(request), planted_steps_(planted_steps), buffer_(kReadSize) {
    for (UniqueFd& fd : connections) connections_.push_back({std::move(fd)});
  }

  /// From now on it is done when the bell is rung, or something goes wrong.
  void begin() {
    bell_.heard();
    over_ = static_cast<bool>(fault_);
  }
  Bell& bell() { return bell_; }
  bool done() const { return over_; }

  /// Throws WorkIsWrong.
  void verify() const { fault_.check(); }

  template <class Loop>
  void open(Loop& loop) {
    loop.want(0, bell_.descriptor(), Want::kRead);
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      loop.want(i + 1, connections_[i].fd.get(), Want::kRead);
    }
  }

  template <class Loop>
  void readable(std::size_t i, Loop& loop) {
    if (i == 0) return hear();
    Connection& connection = connections_[i - 1];
    const ssize_t count = ::read(connection.fd.get(), buffer_.data(), kReadSize);
    if (count <= 0) return failed(count, "a connection cannot be read");
    if (planted_steps_ > 0) plant(connection, static_cast<std::size_t>(count));
    const ssize_t sent =
        ::send(connection.fd.get(), buffer_.data(), static_cast<std::size_t>(count), MSG_NOSIGNAL);
    if (sent == count) [[likely]]
      return;
    if (sent < 0 && errno != EAGAIN) return failed(sent, "a connection cannot be written");
    // No more is read until the rest is away: who does not take replies is not served further.
    connection.rest.assign(buffer_.data() + std::max<ssize_t>(sent, 0), buffer_.data() + count);
    loop.want(i, connection.fd.get(), Want::kWrite);
  }

  template <class Loop>
  void writable(std::size_t i, Loop& loop) {
    Connection& connection = connections_[i - 1];
    std::vector<std::uint8_t>& rest = connection.rest;
    const ssize_t sent = ::send(connection.fd.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0) return failed(sent, "a connection cannot be written");
    rest.erase(rest.begin(), rest.begin() + sent);
    if (rest.empty()) loop.want(i, connection.fd.get(), Want::kRead);
  }

 private:
  struct Connection {
    UniqueFd fd;
    std::vector<std::uint8_t> rest = {};  // of what was read, and could not be sent yet
    std::size_t read = 0;                 // of the request under way; counted if work is planted
  };

  void hear() {
    if (bell_.heard()) over_ = true;
  }

  void plant(Connection& connection, std::size_t count) {
    connection.read += count;
    for (; connection.read >= request_; connection.read -= request_) planted_work(planted_steps_);
  }

  void failed(ssize_t result, const char* what) {
    if (result < 0 && (errno == EAGAIN || errno == EINTR)) return;  // readiness is a hint
    fault_.set(what);
    over_ = true;
  }

  std::size_t request_;
  std::uint64_t planted_steps_;
  std::vector<Connection> connections_;
  PageBuffer buffer_;
  Bell bell_;
  bool over_ = true;
  Fault fault_;
};

}  // namespace loopmark::bench
