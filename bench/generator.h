// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/fault.h"
#include "bench/request.h"
#include "bench/send_plan.h"
#include "reactors/base/unique_fd.h"

namespace loopmark::bench {

/// What became of a request, counted from the beginning of its plan.
struct Passage {
  Duration planned{};
  Duration noticed{};  // when the generator came to it; it was sent then if the window allowed it
  Duration sent{};
  Duration answered{};
};

/// An open-loop client: sends requests when they are planned, not when the last is answered. A server
/// that stands still makes a closed-loop client stand still, too, and so hides most of what it costs
/// ("coordinated omission"); here what counts is the time from the plan to the answer, and how far
/// the client itself was behind its plan is known as well.
///
/// It keeps a processor busy while requests are under way and 100 us before each is due: so it is
/// neither woken by answers, which would be at the server's cost, nor late by its own sleep.
class Generator {
 public:
  /// So many requests may be under way on a stream: as many as fit into a UNIX stream's buffer, so
  /// neither side ever waits to write.
  static constexpr std::size_t kMostUnderWay = 128;

  /// `streams` are non-blocking and stay the caller's. What is at their other ends sends back each
  /// request, in order.
  explicit Generator(const std::vector<int>& streams);

  /// Sends what is planned, each request on the stream after the last one's, and returns when all are
  /// answered. Where `window` requests are under way on a stream, at most kMostUnderWay, the next
  /// waits for an answer, and is late. Ends early when an answer is wrong, which ends the streams, or
  /// by give_up(). In one thread at a time, whose timer slack it sets to the least. Throws nothing but
  /// std::bad_alloc.
  void run(const SendPlan& plan, std::size_t window);

  /// Any thread: run() returns soon, now and in future.
  void give_up() { given_up_.store(true, std::memory_order_relaxed); }

  /// Of the last run, in order of the plan; worthless if that ended early.
  const std::vector<Passage>& passages() const { return passages_; }

  /// Whether a run ended early.
  bool failed() const { return static_cast<bool>(fault_); }

  /// Throws WorkIsWrong unless each request so far was answered once, in order, by the right bytes.
  void verify() const;

 private:
  struct Stream {
    int fd;
    std::size_t due = 0;  // requests of this run on this stream
    std::size_t sent = 0;
    std::size_t answered = 0;
    std::size_t held = 0;  // bytes of an answer whose end has not come
    std::vector<Request> answers;
  };

  Duration elapsed() const { return Clock::now() - begin_; }
  std::size_t number_of(const Stream& stream, std::size_t count) const;
  void send_due();
  void send_on(Stream& stream);
  void receive();
  void receive_on(Stream& stream);
  void take(Stream& stream, const Request& answer, Duration now);
  void sleep_until_due();
  void fail(const char* what);

  UniqueFd epoll_;
  std::vector<Stream> streams_;
  std::size_t window_ = 0;
  const SendPlan* plan_ = nullptr;
  TimePoint begin_;
  std::size_t next_ = 0;            // of the plan
  std::size_t sent_ = 0;            // of all streams
  std::size_t answered_ = 0;        // of all streams
  std::uint64_t first_number_ = 0;  // numbers count up from run to run: a late answer shows
  std::vector<Passage> passages_;
  Fault fault_;
  std::atomic<bool> given_up_ = false;
};

}  // namespace loopmark::bench
