// SPDX-License-Identifier: MIT
#include "bench/echo_client.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "bench/record_time.h"
#include "bench/workload.h"

namespace loopmark::bench {
namespace {

constexpr std::size_t kReadSize = 65536;
constexpr std::uint64_t kPhase = 31;  // from one connection to the next

}  // namespace

EchoClient::EchoClient(std::vector<UniqueFd> connections, std::size_t request,
                       std::size_t in_flight)
    : request_(request),
      in_flight_(in_flight),
      pattern_(std::max(request, kReadSize)),
      buffer_(kReadSize) {
  connections_.reserve(connections.size());
  for (std::size_t i = 0; i < connections.size(); ++i) {
    loop_.watch(connections[i].get(), EPOLLIN | EPOLLOUT | EPOLLET, i);
    connections_.push_back({.fd = std::move(connections[i]),
                            .phase = kPhase * i,
                            .times = std::vector<Time>(in_flight)});
  }
}

void EchoClient::begin(std::uint64_t requests, harness::Histogram* latency) {
  requests_ = unsent_ = unanswered_ = requests;
  latency_ = latency;
  loop_.begin();
}

void EchoClient::run() {
  for (Connection& connection : connections_) {
    if (!fault_) ask(connection, in_flight_, now());
  }
  while (unanswered_ > 0 && !fault_ && !loop_.stopped()) {
    loop_.pass([this](std::size_t i) { serve(connections_[i]); });
  }
  if (unanswered_ > 0) fault_.set("requests were not answered");
}

void EchoClient::serve(Connection& connection) {
  ssize_t count;
  do {
    count = ::read(connection.fd.get(), buffer_.data(), buffer_.size());
    if (count == 0) return fault_.set("a connection has ended");
    if (count < 0 && errno != EAGAIN) return fault_.set("a connection cannot be read");
    if (count > 0) receive(connection, static_cast<std::size_t>(count));
  } while (count == static_cast<ssize_t>(buffer_.size()));
  send(connection);
}

void EchoClient::receive(Connection& connection, std::size_t count) {
  if (count > connection.sent - connection.received) return fault_.set("a reply came twice");
  if (!pattern_.matches(connection.phase + connection.received, buffer_.data(), count)) {
    return fault_.set("a byte is lost or changed");
  }
  connection.received += count;
  const std::uint64_t answers = connection.received / request_ - connection.answers;
  if (answers == 0) return;
  const Time now = this->now();
  for (std::uint64_t k = 0; k < answers; ++k) {
    const Time sent = connection.times[connection.answers++ % in_flight_];
    if (latency_ != nullptr) record_time(*latency_, sent, now);
  }
  unanswered_ -= answers;
  ask(connection, answers, now);
}

/// As many as that, or as are left.
void EchoClient::ask(Connection& connection, std::uint64_t requests, Time now) {
  requests = std::min(requests, unsent_);
  unsent_ -= requests;
  for (std::uint64_t k = 0; k < requests; ++k) {
    connection.times[connection.asked / request_ % in_flight_] = now;
    connection.asked += request_;
  }
  send(connection);
}

/// What was asked for and can be sent now.
void EchoClient::send(Connection& connection) {
  while (connection.sent < connection.asked) {
    const auto count =
        std::min<std::uint64_t>(connection.asked - connection.sent, pattern_.longest());
    const ssize_t sent = ::send(
        connection.fd.get(), pattern_.at(connection.phase + connection.sent), count, MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) return;
    if (sent < 0) return fault_.set("a connection cannot be written");
    connection.sent += static_cast<std::uint64_t>(sent);
  }
}

void EchoClient::verify() const {
  fault_.check();
  for (const Connection& connection : connections_) {
    std::uint8_t byte;
    if (::recv(connection.fd.get(), &byte, 1, MSG_PEEK) > 0)
      throw WorkIsWrong("a reply came twice");
  }
}

}  // namespace loopmark::bench
