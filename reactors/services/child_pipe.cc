// SPDX-License-Identifier: MIT
#include "reactors/services/child_pipe.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "reactors/errors.h"

namespace loopmark {
namespace {

// What one readiness takes at most, so that others get their turn.
constexpr std::size_t kMostRead = 64 * 1024;

}  // namespace

void ChildPipe::start(std::shared_ptr<Owner> owner, UniqueFd fd, int number) {
  fd_ = std::move(fd);
  number_ = number;
  sockets_.add(shared_from_this());
  try {
    reactor_.add_reader(shared_from_this());
  } catch (...) {
    sockets_.forget(shared_from_this());
    throw;
  }
  owner_ = std::move(owner);
}

void ChildPipe::discard() {
  const auto self = shared_from_this();
  reactor_.remove_reader(*this);
  reactor_.remove_writer(*this);
  if (end_ && end_->active()) end_->cancel();
  end_ = nullptr;
  fd_.reset();
  sockets_.forget(self);
  owner_ = nullptr;
}

void ChildPipe::end() {
  const std::shared_ptr<Owner> owner = owner_;
  if (!owner) return;
  discard();
  owner->pipe_lost(number_);
}

void ChildPipe::abandon() {
  if (const std::shared_ptr<Owner> owner = std::exchange(owner_, nullptr)) owner->abandon();
  end_ = nullptr;
}

void ChildReader::pause() {
  reactor_.remove_reader(*this);
}

void ChildReader::resume() {
  if (is_open() && !end_) reactor_.add_reader(shared_from_this());
}

void ChildReader::lose_connection() {
  if (!is_open() || end_) return;
  end_ = reactor_.call_later(Duration::zero(), [this, self = shared_from_this()] { end(); });
  reactor_.remove_reader(*this);
}

Progress ChildReader::do_read() {
  std::array<char, kMostRead> buffer;
  const ssize_t count = ::read(fd_.get(), buffer.data(), buffer.size());
  if (count < 0 && errno == EINTR) return Progress::more();
  if (count < 0 && errno == EAGAIN) return Progress::drained();
  if (count <= 0) return Progress::lost(Failure::of(ConnectionDone()));
  owner_->pipe_received(number_, {buffer.data(), static_cast<std::size_t>(count)});
  return Progress::more();
}

void ChildWriter::write(std::string_view data) {
  if (!is_open() || data.empty()) return;
  queue_.append(data);
  reactor_.add_writer(shared_from_this());
}

void ChildWriter::lose_connection() {
  if (!is_open() || end_) return;
  end_ = reactor_.call_later(Duration::zero(), [this, self = shared_from_this()] {
    if (queue_.empty()) end();  // else do_write() does it
  });
}

Progress ChildWriter::do_write() {
  const std::string_view unsent = std::string_view(queue_).substr(sent_);
  const ssize_t count = ::write(fd_.get(), unsent.data(), unsent.size());
  if (count < 0 && errno == EINTR) return Progress::more();
  if (count < 0 && errno == EAGAIN) return Progress::drained();
  if (count < 0) return Progress::lost(Failure::of(ConnectionLost("the pipe has no reader")));
  sent_ += static_cast<std::size_t>(count);
  if (sent_ < queue_.size()) {
    // Dropped when it is at least half, so that each byte is moved at most once.
    if (sent_ >= queue_.size() - sent_) queue_.erase(0, std::exchange(sent_, 0));
    return Progress::more();
  }
  queue_.clear();
  sent_ = 0;
  if (end_) return Progress::lost(Failure::of(ConnectionDone()));
  reactor_.remove_writer(*this);
  return Progress::more();
}

Progress ChildWriter::do_read() {
  pollfd asked{fd_.get(), 0, 0};
  if (::poll(&asked, 1, 0) <= 0) return Progress::drained();
  return Progress::lost(Failure::of(ConnectionLost("the pipe has no reader")));
}

}  // namespace loopmark
