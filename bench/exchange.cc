// SPDX-License-Identifier: MIT
#include "bench/exchange.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "bench/record_time.h"
#include "bench/workload.h"

namespace loopmark::bench {
namespace {

// Small enough to stay in the first cache, and at least two messages, so that neighbours differ.
std::size_t window_of(std::size_t length) {
  return length * std::clamp<std::size_t>(4096 / length, 2, 256);
}

}  // namespace

Exchange::Exchange(const LinkEnd& first, const LinkEnd* second, std::size_t length)
    : in_{first.in(), second == nullptr ? -1 : second->in()},
      out_{first.out(), second == nullptr ? -1 : second->out()},
      length_(static_cast<ssize_t>(length)),
      missing_(length),
      window_(static_cast<std::ptrdiff_t>(window_of(length))),
      bytes_(2 * window_of(length)) {
  place_ = boundary_ = unchecked_ = bytes_.data();
  // A prime period: no two messages of a window are alike, whatever their length.
  for (std::size_t k = 0; k < bytes_.size() / 2; ++k) {
    bytes_.data()[bytes_.size() / 2 + k] = static_cast<std::uint8_t>(k % 251);
  }
}

void Exchange::start(std::uint64_t messages, harness::Histogram* latency) {
  undelivered_ = undelivered();
  place_ = unchecked_ = bytes_.data();
  missing_ = static_cast<std::size_t>(length_);
  left_ = messages;
  // Whoever lost one may be gone, and would be waited for in vain.
  if (fault_ || undelivered_ > 0) return fail("a message was not delivered");
  latency_ = latency;
  set_boundary();
  if (latency_ != nullptr) sent_ = std::chrono::steady_clock::now();
  send_from(0);
}

/// The end of the slot or of the window, whichever is first; with latencies to measure, the end of
/// each message.
void Exchange::set_boundary() {
  const std::ptrdiff_t room = (bytes_.data() + window_ - place_) / length_;
  const auto messages = std::min(left_, static_cast<std::uint64_t>(latency_ != nullptr ? 1 : room));
  boundary_ = place_ + static_cast<std::ptrdiff_t>(messages) * length_;
}

/// Checks what came since the last boundary. Returns whether there is more to send.
bool Exchange::pass_boundary(std::size_t i) {
  if (latency_ != nullptr && i == 0) {
    // A round trip ends where the next begins: one reading serves both.
    const auto now = std::chrono::steady_clock::now();
    record_time(*latency_, sent_, now);
    sent_ = now;
  }
  const auto count = static_cast<std::size_t>(place_ - unchecked_);
  if (std::memcmp(unchecked_, unchecked_ + window_, count) != 0) {
    fail("a byte is lost or changed");
    return false;
  }
  left_ -= count / static_cast<std::size_t>(length_);
  if (place_ == bytes_.data() + window_) place_ = bytes_.data();
  unchecked_ = place_;
  set_boundary();
  return left_ > 0;
}

/// What to do when a read was not a whole message: returns whether that one is complete now.
bool Exchange::completes(ssize_t count) {
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return false;  // readiness is a hint
  if (count <= 0) {
    fail(count == 0 ? "the stream has ended" : "a message cannot be read");
    return false;
  }
  place_ += count;  // a short read is normal
  missing_ -= static_cast<std::size_t>(count);
  if (missing_ > 0) return false;
  missing_ = static_cast<std::size_t>(length_);
  return true;
}

void Exchange::fail(const char* what) {
  fault_.set(what);
  undelivered_ += std::exchange(left_, 0);  // ends the slot
  unchecked_ = place_;
}

std::uint64_t Exchange::undelivered() const {
  return undelivered_ + left_ - static_cast<std::uint64_t>((place_ - unchecked_) / length_);
}

void Exchange::verify() const {
  fault_.check();
  if (undelivered() > 0) {
    throw WorkIsWrong(std::to_string(undelivered()) + " messages were not delivered");
  }
  for (std::size_t i = 0; i < size(); ++i) {
    pollfd looked_at{in_[i], POLLIN, 0};
    if (::poll(&looked_at, 1, 0) > 0) throw WorkIsWrong("a message came twice");
  }
}

void Echo::readable(std::size_t) {
  const ssize_t count = ::read(end_.in(), buffer_.data(), buffer_.size());
  if (count > 0) {
    over_ = ::write(end_.out(), buffer_.data(), static_cast<std::size_t>(count)) != count || leave_;
  } else {
    over_ = count == 0 || (errno != EAGAIN && errno != EINTR);
  }
}

}  // namespace loopmark::bench
