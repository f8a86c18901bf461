// SPDX-License-Identifier: MIT
#include "reactors/services/signal_pipe.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <stdexcept>
#include <thread>

#include "reactors/base/check.h"

namespace loopmark {
namespace {

// What the handler works on.
std::atomic<int> wake_fd = -1;
std::atomic<unsigned> noted = 0;  // a bit for each signal
std::atomic<int> in_handler = 0;  // threads, and handlers interrupted by another
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<unsigned>::is_always_lock_free);

constexpr int kSignals = 32;

void handle(int number) {
  const int error = errno;
  ++in_handler;
  noted |= 1U << number;
  const char byte = 0;
  if (const int fd = wake_fd; fd >= 0) {
    while (::write(fd, &byte, 1) < 0 && errno == EINTR) {  // full: it wakes as it is
    }
  }
  --in_handler;
  errno = error;
}

}  // namespace

SignalPipe::SignalPipe(Arrived arrived, Lost lost)
    : arrived_(std::move(arrived)), lost_(std::move(lost)) {
  int ends[2];
  check_call(::pipe2(ends, O_NONBLOCK | O_CLOEXEC), "pipe2");
  read_end_.reset(ends[0]);
  write_end_.reset(ends[1]);
  int none = -1;
  if (!wake_fd.compare_exchange_strong(none, write_end_.get())) {
    read_end_.reset();
    write_end_.reset();
    throw std::logic_error("a run with signal handlers is under way in this process");
  }
  noted = 0;
}

void SignalPipe::take(int number) {
  struct sigaction ours {};
  ours.sa_handler = handle;
  ours.sa_flags = SA_RESTART | SA_NOCLDSTOP;
  struct sigaction before {};
  taken_.reserve(taken_.size() + 1);  // so that what is taken can be given back
  check_call(::sigaction(number, &ours, &before), "sigaction");
  taken_.emplace_back(number, before);
}

void SignalPipe::give_back() {
  if (!write_end_) return;
  for (const auto& [number, before] : taken_) ::sigaction(number, &before, nullptr);
  taken_.clear();
  wake_fd = -1;
  while (in_handler > 0) std::this_thread::yield();
  write_end_.reset();
  read_end_.reset();
}

Progress SignalPipe::do_read() {
  std::array<char, 256> wakes;
  [[maybe_unused]] const ssize_t count = ::read(read_end_.get(), wakes.data(), wakes.size());
  // After the pipe was read: what is noted from here on makes it readable again.
  const unsigned arrived = noted.exchange(0);
  for (int number = 1; number < kSignals; ++number) {
    if ((arrived & 1U << number) != 0) arrived_(number);
  }
  return Progress::more();
}

}  // namespace loopmark
