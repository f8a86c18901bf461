// SPDX-License-Identifier: MIT
#pragma once

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>

#include "bench/fault.h"
#include "bench/link.h"
#include "bench/page_buffer.h"
#include "harness/histogram.h"

namespace loopmark::bench {

/// Messages that go to and fro on a link, one at a time, between two ends here, or one here and
/// one elsewhere that sends back what it gets. Traffic of a carrier.
///
/// What comes is kept, a window of messages at a time, and compared with what was sent when the
/// window is full or the slot is over: so each byte is checked, and yet the work for each message
/// is little more than its two system calls.
class Exchange {
 public:
  /// The ends are non-blocking, and the caller's; `second` is null when it is elsewhere. `length` is
  /// that of a message.
  Exchange(const LinkEnd& first, const LinkEnd* second, std::size_t length);

  /// Sends the first message, from the first end. It is done when `messages` have come. `latency`
  /// gets the round trips.
  void start(std::uint64_t messages, harness::Histogram* latency);

  std::size_t size() const { return in_[1] < 0 ? 1 : 2; }
  int descriptor(std::size_t i) const { return in_[i]; }
  bool done() const { return left_ == 0; }

  void readable(std::size_t i) {
    const ssize_t count = ::read(in_[i], place_, missing_);
    if (count == length_) [[likely]] {
      place_ += count;
    } else if (!completes(count)) {
      return;
    }
    if (place_ == boundary_ && !pass_boundary(i)) return;
    send_from(i);
  }

  /// How many messages of all slots so far have not come.
  std::uint64_t undelivered() const;

  /// Throws WorkIsWrong.
  void verify() const;

 private:
  void send_from(std::size_t i) {
    const ssize_t count = ::write(out_[i], place_ + window_, static_cast<std::size_t>(length_));
    if (count != length_) [[unlikely]]
      fail("a message cannot be written");
  }

  bool completes(ssize_t count);
  bool pass_boundary(std::size_t i);
  void set_boundary();
  void fail(const char* what);

  int in_[2];
  int out_[2];
  ssize_t length_;
  // Where the message under way is read to; it is sent from one window further on.
  std::uint8_t* place_;
  std::size_t missing_;            // of the message under way
  std::uint8_t* boundary_;         // up to here nothing needs to be looked at
  std::uint8_t* unchecked_;        // from here on it has not been compared yet
  std::ptrdiff_t window_;          // in bytes
  PageBuffer bytes_;               // a window of what came, then one of what was sent
  std::uint64_t left_ = 0;         // messages that had not come at the last boundary
  std::uint64_t undelivered_ = 0;  // of slots that ended early
  Fault fault_;
  harness::Histogram* latency_ = nullptr;
  std::chrono::steady_clock::time_point sent_;
};

/// The end elsewhere: sends back what comes, until it is told to leave or the stream is over. Traffic
/// of a carrier.
class Echo {
 public:
  /// `leave` may be set by another thread; it is looked at whenever something has come.
  Echo(const LinkEnd& end, std::size_t length, const std::atomic<bool>& leave)
      : end_(end), leave_(leave), buffer_(length) {}

  std::size_t size() const { return 1; }
  int descriptor(std::size_t) const { return end_.in(); }
  bool done() const { return over_; }
  void readable(std::size_t);

 private:
  const LinkEnd& end_;
  const std::atomic<bool>& leave_;
  PageBuffer buffer_;
  bool over_ = false;
};

}  // namespace loopmark::bench
