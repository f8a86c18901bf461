// SPDX-License-Identifier: MIT
#include "bench/generator.h"

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "bench/spin.h"
#include "reactors/base/check.h"

namespace loopmark::bench {
namespace {

using namespace std::chrono_literals;

// What a sleep may be late by.
constexpr Duration kSpins = 100us;
// Bounds the sleep in which give_up() is not noticed.
constexpr Duration kLongestSleep = 10ms;
// From the call to the beginning of the plan, so that its first requests are not late.
constexpr Duration kLead = 100us;
// Requests that are sent in a row when many are due, so that answers are not left lying meanwhile.
constexpr int kMostInARow = 8;
// Requests, of a read.
constexpr std::size_t kBuffer = 64;

}  // namespace

Generator::Generator(const std::vector<int>& streams)
    : epoll_(check_call(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {
  for (const int fd : streams) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = streams_.size();
    check_call(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
    streams_.push_back({.fd = fd, .answers = std::vector<Request>(kBuffer)});
  }
}

void Generator::run(const SendPlan& plan, std::size_t window) {
  ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  window_ = std::min(window, kMostUnderWay);
  first_number_ += passages_.size();
  passages_.assign(plan.size(), {});
  for (std::size_t k = 0; k < plan.size(); ++k) passages_[k].planned = plan[k].when;
  for (Stream& stream : streams_) stream.due = stream.sent = stream.answered = 0;
  plan_ = &plan;
  next_ = sent_ = answered_ = 0;
  begin_ = Clock::now() + kLead;
  for (Spin spin; answered_ < plan.size() && !fault_; spin.turn()) {
    if (given_up_.load(std::memory_order_relaxed)) return fail("requests were not answered");
    send_due();
    if (sent_ > answered_) {
      receive();
    } else {
      sleep_until_due();
    }
  }
}

void Generator::send_due() {
  const Duration now = elapsed();
  for (int i = 0; i < kMostInARow && next_ < plan_->size() && (*plan_)[next_].when <= now; ++i) {
    Stream& stream = streams_[next_ % streams_.size()];
    ++stream.due;
    send_on(stream);
    const bool is_held_back = stream.sent < stream.due;
    Passage& passage = passages_[next_++];
    passage.noticed = is_held_back ? elapsed() : passage.sent;
  }
}

/// The place in the plan of the stream's request after `count` others.
std::size_t Generator::number_of(const Stream& stream, std::size_t count) const {
  return static_cast<std::size_t>(&stream - streams_.data()) + count * streams_.size();
}

void Generator::send_on(Stream& stream) {
  while (stream.sent < stream.due && stream.sent - stream.answered < window_) {
    const std::size_t k = number_of(stream, stream.sent);
    const Request request = make_request(first_number_ + k, (*plan_)[k].work);
    passages_[k].sent = elapsed();
    if (::send(stream.fd, &request, sizeof request, MSG_NOSIGNAL) != sizeof request) {
      return fail("a request cannot be written");
    }
    ++stream.sent;
    ++sent_;
  }
}

void Generator::receive() {
  epoll_event events[kBuffer];
  const int count = ::epoll_wait(epoll_.get(), events, kBuffer, 0);
  if (count < 0 && errno != EINTR) fail("epoll_wait fails");
  for (int i = 0; i < count; ++i) receive_on(streams_[events[i].data.u64]);
}

void Generator::receive_on(Stream& stream) {
  auto* const bytes = reinterpret_cast<char*>(stream.answers.data());
  const ssize_t count =
      ::read(stream.fd, bytes + stream.held, kBuffer * sizeof(Request) - stream.held);
  const Duration now = elapsed();
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) return fail("a stream has ended");
  stream.held += static_cast<std::size_t>(count);
  const std::size_t whole = stream.held / sizeof(Request);
  for (std::size_t i = 0; i < whole && !fault_; ++i) take(stream, stream.answers[i], now);
  stream.held -= whole * sizeof(Request);
  std::memmove(bytes, bytes + whole * sizeof(Request), stream.held);
  send_on(stream);
}

void Generator::take(Stream& stream, const Request& answer, Duration now) {
  if (stream.answered == stream.sent) return fail("an answer came twice");
  const std::size_t k = number_of(stream, stream.answered);
  if (answer != make_request(first_number_ + k, (*plan_)[k].work)) {
    return fail("an answer is lost or changed");
  }
  passages_[k].answered = now;
  ++stream.answered;
  ++answered_;
}

/// When nothing is under way: there is nothing to hear until it is time to send.
void Generator::sleep_until_due() {
  const TimePoint now = Clock::now();
  const TimePoint until = begin_ + (*plan_)[next_].when - kSpins;
  if (until <= now) return;
  const auto since_boot = std::min(until, now + kLongestSleep).time_since_epoch();
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(since_boot);
  const timespec wake{whole.count(), (since_boot - whole).count()};
  ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wake, nullptr);
}

void Generator::fail(const char* what) {
  fault_.set(what);
  for (const Stream& stream : streams_)
    ::shutdown(stream.fd, SHUT_RDWR);  // the server must not wait
}

void Generator::verify() const {
  fault_.check();
}

}  // namespace loopmark::bench
