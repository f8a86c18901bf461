// SPDX-License-Identifier: MIT
#include "bench/churn_client.h"

#include <sys/socket.h>

#include <system_error>

#include "bench/record_time.h"

namespace loopmark::bench {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

void ChurnClient::begin(std::uint64_t connections, harness::Histogram* latency) {
  unopened_ = connections;
  succeeded_ = 0;
  latency_ = latency;
  loop_.begin();
}

void ChurnClient::run() {
  for (std::size_t i = 0; i < connections_.size(); ++i) open_next(i);
  while (open_ > 0 && !loop_.stopped()) {
    loop_.pass([this](std::size_t i) { read_reply(i); });
  }
  for (Connection& connection : connections_) {
    if (!connection.fd) continue;
    connection.fd.reset();
    ++failures_;
  }
  open_ = 0;
}

/// In this place the next that can be made, if there is one left.
void ChurnClient::open_next(std::size_t i) {
  while (unopened_ > 0 && !loop_.stopped()) {
    --unopened_;
    if (open(i)) return;
    ++failures_;
  }
}

bool ChurnClient::open(std::size_t i) {
  Connection& connection = connections_[i];
  if (latency_ != nullptr) connection.asked_for = Clock::now();
  try {
    UniqueFd fd = listener_.connect(ending_);
    const auto byte = static_cast<char>(i);
    if (::send(fd.get(), &byte, 1, MSG_NOSIGNAL) != 1) return false;
    loop_.watch(fd.get(), EPOLLIN, i);
    connection.fd = std::move(fd);
  } catch (const std::system_error&) {
    return false;
  }
  ++open_;
  return true;
}

void ChurnClient::read_reply(std::size_t i) {
  Connection& connection = connections_[i];
  char byte;
  const ssize_t count = ::recv(connection.fd.get(), &byte, 1, MSG_DONTWAIT);
  if (count == 1 && byte == static_cast<char>(i)) {
    ++succeeded_;
    ++successes_;
    if (latency_ != nullptr) record_time(*latency_, connection.asked_for, Clock::now());
  } else {
    ++failures_;
  }
  connection.fd.reset();
  --open_;
  open_next(i);
}

}  // namespace loopmark::bench
