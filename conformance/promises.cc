// SPDX-License-Identifier: MIT
#include "conformance/promises.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <memory>
#include <mutex>
#include <set>

namespace loopmark::conformance::promises {
namespace {

std::mutex mutex;  // guards the two below
std::string& first() {
  static std::string how;
  return how;
}
std::set<const Story*>& open_stories() {
  static std::set<const Story*> all;
  return all;
}

std::atomic<std::size_t> calls = 0;
std::atomic<std::ptrdiff_t> bytes_kept = 0;

/// The beginning of what was not sent. One call fails, so there is one of them.
struct Unsent {
  std::atomic<int> fd = -1;
  std::size_t size = 0;
  std::array<char, 256> bytes;
} unsent;

}  // namespace

void broken(const std::string& how) noexcept {
  const std::lock_guard lock(mutex);
  if (first().empty()) first() = how;
}

std::string first_broken() {
  const std::lock_guard lock(mutex);
  return first();
}

void called() noexcept {
  ++calls;
}

std::size_t callbacks() noexcept {
  return calls;
}

Callback once(Callback function, const char* what) {
  if (!function) return function;
  return [function = std::move(function), what, was_called = std::make_shared<bool>(false)] {
    called();
    if (std::exchange(*was_called, true)) broken(std::string(what) + " was made twice");
    function();
  };
}

Story::~Story() {
  const std::lock_guard lock(mutex);
  open_stories().erase(this);
}

void Story::begin() {
  if (has_begun_ || has_ended_) broken("the beginning was told twice, or after the end");
  has_begun_ = true;
  const std::lock_guard lock(mutex);
  open_stories().insert(this);
}

void Story::go_on(const char* call) {
  if (has_ended_) broken(std::string(call) + " was called after the end");
}

void Story::end() {
  if (has_ended_) broken("the end was told twice");
  has_ended_ = true;
  const std::lock_guard lock(mutex);
  open_stories().erase(this);
}

void shut_down() {
  std::unique_lock lock(mutex);
  const bool is_left = !open_stories().empty();
  lock.unlock();
  if (is_left) broken("the reactor has shut down, and a protocol was not told of its end");
}

void got(std::size_t bytes) noexcept {
  bytes_kept += static_cast<std::ptrdiff_t>(bytes);
}

void handed_on(std::size_t bytes) noexcept {
  bytes_kept -= static_cast<std::ptrdiff_t>(bytes);
}

std::ptrdiff_t kept_back() noexcept {
  return bytes_kept;
}

void not_sent(int fd, const void* from, std::size_t size) noexcept {
  unsent.size = std::min(size, unsent.bytes.size());
  std::memcpy(unsent.bytes.data(), from, unsent.size);
  unsent.fd = fd;
}

void sends(int fd, const void* from, std::size_t size) noexcept {
  if (unsent.fd != fd) return;
  unsent.fd = -1;
  if (std::memcmp(unsent.bytes.data(), from, std::min(size, unsent.size)) != 0)
    broken("what a call had not sent was passed over, or what it had sent was sent again");
}

void closes(int fd) noexcept {
  if (unsent.fd == fd) unsent.fd = -1;
}

}  // namespace loopmark::conformance::promises
