// SPDX-License-Identifier: MIT
#include "reactors/services/stream_connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "reactors/errors.h"
#include "reactors/services/network_errors.h"
#include "reactors/services/report.h"
#include "reactors/services/socket_options.h"

namespace loopmark {
namespace {

// What one readiness takes at most, so that others get their turn (XP-PROTO-05).
constexpr std::size_t kMostRead = 64 * 1024;

ConnectionLost lost(int error) {
  return ConnectionLost(std::string("the connection was lost: ") + std::strerror(error));
}

}  // namespace

StreamConnection::StreamConnection(OpenSockets& sockets, UniqueFd fd, std::string role)
    : sockets_(sockets),
      reactor_(sockets.reactor()),
      fd_(std::move(fd)),
      role_(std::move(role)),
      host_(host_of(fd_.get())),
      peer_(peer_of(fd_.get())) {}

StreamConnection::StreamConnection(OpenSockets& sockets, UniqueFd fd, std::string role,
                                   Address host, Address peer)
    : sockets_(sockets),
      reactor_(sockets.reactor()),
      fd_(std::move(fd)),
      role_(std::move(role)),
      host_(std::move(host)),
      peer_(std::move(peer)) {}

void StreamConnection::start(std::shared_ptr<Protocol> protocol, Ended ended) {
  protocol_ = std::move(protocol);
  ended_ = std::move(ended);
  try {
    sockets_.add(shared_from_this());
    protocol_->make_connection(std::static_pointer_cast<StreamConnection>(shared_from_this()));
    read_if_wanted();
  } catch (...) {
    report_current(reactor_, [this] { return log_prefix(); });
    end(Failure::current());
  }
}

void StreamConnection::read_if_wanted() {
  if (is_open() && !read_paused_ && !read_ended_ && closing_ == Closing::kNo) {
    reactor_.add_reader(shared_from_this());
  }
}

bool StreamConnection::takes_writes() const {
  return is_open() && closing_ != Closing::kNow && !write_shut_;
}

void StreamConnection::write(std::string_view data) {
  if (!takes_writes() || data.empty()) return;
  queue_.append(data);
  flush();
}

void StreamConnection::write_sequence(std::span<const std::string_view> parts) {
  if (!takes_writes()) return;
  for (const std::string_view part : parts) queue_.append(part);
  if (has_unsent()) flush();
}

/// Sends what the kernel takes, unless it has said before that it takes nothing.
void StreamConnection::flush() {
  if (!wants_write_ && sends_at_once()) {
    if (const Failure failed = send_queued()) return end_soon(failed);
  }
  // A pull producer is asked for more in the next pass, when all it wrote was taken.
  if (has_unsent() || (producer_ && !push_)) want_write();
  pause_if_full();
}

void StreamConnection::pause_if_full() {
  if (!is_full() || !push_ || producer_paused_) return;
  producer_paused_ = true;
  push_->pause_producing();
}

std::size_t StreamConnection::send_some(std::string_view data) {
  for (;;) {
    const ssize_t count = ::send(fd_.get(), data.data(), data.size(), MSG_NOSIGNAL);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno == EAGAIN) return 0;
    if (errno != EINTR) throw lost(errno);
  }
}

ssize_t StreamConnection::receive(char* to, std::size_t size) {
  return ::recv(fd_.get(), to, size, 0);
}

/// Answers why it failed, or an empty Failure.
Failure StreamConnection::send_queued() {
  try {
    while (has_unsent()) {
      const std::size_t count = send_some(unsent());
      if (count == 0) break;
      sent_ += count;
    }
  } catch (const ConnectionLost&) {
    return Failure::current();
  }
  // Dropped when it is at least half, so that each byte is moved at most once.
  if (sent_ >= queue_.size() - sent_) {
    queue_.erase(0, sent_);
    sent_ = 0;
  }
  return {};
}

void StreamConnection::want_write() {
  if (wants_write_) return;
  try {
    reactor_.add_writer(write_side());
    wants_write_ = true;
  } catch (...) {
    end_soon(Failure::current());
  }
}

Progress StreamConnection::do_write() {
  if (const Failure failed = send_queued()) return Progress::lost(failed);
  if (has_unsent()) return Progress::drained();
  reactor_.remove_writer(*write_side());
  wants_write_ = false;
  if (producer_ && (!push_ || std::exchange(producer_paused_, false))) {
    const std::shared_ptr<Producer> producer = producer_;  // which may unregister itself
    producer->resume_producing();
  } else if (!producer_ && closing_ == Closing::kWhenSent) {
    return Progress::lost(Failure::of(ConnectionDone()));
  } else if (!producer_ && write_closing_) {
    shut_write();
  }
  return Progress::more();
}

Progress StreamConnection::do_read() {
  std::array<char, kMostRead> buffer;
  const ssize_t count = receive(buffer.data(), buffer.size());
  if (count < 0 && errno == EAGAIN) return Progress::drained();
  if (count < 0 && errno == EINTR) return Progress::more();
  if (count < 0) return Progress::lost(Failure::of(lost(errno)));
  if (count == 0) return Progress::lost(Failure::of(ConnectionDone()));
  protocol_->data_received({buffer.data(), static_cast<std::size_t>(count)});
  return Progress::more();
}

void StreamConnection::lose_connection() {
  if (!is_open() || closing_ != Closing::kNo) return;
  close_soon();  // first: where that fails, nothing has changed
  closing_ = Closing::kWhenSent;
  reactor_.remove_reader(*this);
}

/// The delayed call that is under way ends the connection: nothing has come between.
bool StreamConnection::ends_next() const {
  return end_ && (closing_ == Closing::kNow || (!wants_write_ && !producer_));
}

/// In the next pass, unless there is something to send by then; do_write() then closes.
void StreamConnection::close_soon() {
  if (end_ || wants_write_ || producer_) return;
  end_reason_ = Failure::of(ConnectionDone());
  end_ = reactor_.call_later(Duration::zero(), [this, self = shared_from_this()] {
    if (ends_next()) return end(end_reason_);
    end_ = nullptr;
  });
}

void StreamConnection::abort_connection() {
  if (!is_open() || closing_ == Closing::kNow) return;
  // close(2) then resets a TCP connection, whatever is unsent or unread (socket(7)).
  const linger at_once{1, 0};
  if (::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) != 0) {
    const std::error_code code(errno, std::generic_category());
    report(reactor_, Failure::made_by([&] { return std::system_error(code, "abort_connection"); }),
           [this] { return log_prefix(); });
  }
  end_soon(Failure::of(ConnectionAborted()));
}

/// In the next pass, whatever there is to send.
void StreamConnection::end_soon(Failure reason) {
  if (!is_open() || closing_ == Closing::kNow) return;
  const DelayedCallRef soon = reactor_.call_later(
      Duration::zero(), [this, self = shared_from_this()] { end(end_reason_); });
  closing_ = Closing::kNow;
  reactor_.remove_reader(*this);
  reactor_.remove_writer(*write_side());
  if (end_) end_->cancel();
  end_reason_ = std::move(reason);
  end_ = soon;
}

void StreamConnection::connection_lost(const Failure& reason) {
  // By the reactor: for what do_read() or do_write() answered or threw, or because it stops.
  end(reason);
}

void StreamConnection::reactor_stopped(const Failure& reason) {
  end(ends_next() ? end_reason_ : reason);  // it had ended already, but for telling so
}

void StreamConnection::end(const Failure& reason) {
  if (!is_open()) return;
  const auto self = shared_from_this();
  const std::shared_ptr<Protocol> protocol = std::exchange(protocol_, nullptr);
  closing_ = Closing::kNow;
  reactor_.remove_reader(*this);
  reactor_.remove_writer(*write_side());
  if (end_ && end_->active()) end_->cancel();
  end_ = nullptr;
  close();
  queue_ = {};
  sent_ = 0;
  sockets_.forget(self);
  if (const auto producer = std::exchange(producer_, nullptr)) {
    guard([&] { producer->stop_producing(); });
  }
  push_ = nullptr;
  guard([&] { protocol->connection_lost(reason); });
  if (const Ended ended = std::exchange(ended_, nullptr)) guard([&] { ended(reason); });
}

/// Calls the application; what it throws costs nothing but a report.
template <class Function>
void StreamConnection::guard(Function&& function) {
  guarded(
      reactor_, [this] { return log_prefix(); }, std::forward<Function>(function));
}

void StreamConnection::abandon() {
  protocol_ = nullptr;
  ended_ = nullptr;
  producer_ = nullptr;
  push_ = nullptr;
  end_ = nullptr;
}

void StreamConnection::lose_write_connection() {
  if (!takes_writes() || closing_ != Closing::kNo || std::exchange(write_closing_, true)) return;
  want_write();  // the next pass shuts it, behind what is queued
}

void StreamConnection::shut() {
  ::shutdown(fd_.get(), SHUT_WR);  // the peer may be gone: that is no error (HALF-05)
}

void StreamConnection::shut_write() {
  shut();
  write_shut_ = true;
  if (auto* const aware = dynamic_cast<HalfCloseableProtocol*>(protocol_.get())) {
    aware->write_connection_lost();
  }
  if (read_ended_) end_soon(Failure::of(ConnectionDone()));
}

void StreamConnection::read_connection_lost(const Failure& reason) {
  read_ended_ = true;
  auto* const aware = dynamic_cast<HalfCloseableProtocol*>(protocol_.get());
  if (aware == nullptr) return end(reason);
  aware->read_connection_lost();
  if (write_shut_) end_soon(Failure::of(ConnectionDone()));
}

void StreamConnection::pause_producing() {
  read_paused_ = true;
  reactor_.remove_reader(*this);
}

void StreamConnection::resume_producing() {
  read_paused_ = false;
  try {
    read_if_wanted();
  } catch (...) {
    end_soon(Failure::current());
  }
}

void StreamConnection::register_producer(std::shared_ptr<Producer> producer) {
  if (producer_) throw ProducerAlreadyRegistered();
  if (!is_open()) return producer->stop_producing();
  producer_ = producer;
  push_ = dynamic_cast<PushProducer*>(producer.get());
  producer_paused_ = false;
  if (!push_) producer->resume_producing();
}

void StreamConnection::unregister_producer() {
  if (!producer_) return;
  producer_ = nullptr;
  push_ = nullptr;
  if (!is_open()) return;
  try {
    if (closing_ == Closing::kWhenSent) close_soon();
  } catch (...) {  // there is no memory for a delayed call; do_write() closes, too
    want_write();
  }
  if (write_closing_ && !write_shut_) want_write();
}

bool StreamConnection::tcp_no_delay() const {
  return socket_option(fd_.get(), IPPROTO_TCP, TCP_NODELAY) != 0;
}

void StreamConnection::set_tcp_no_delay(bool on) {
  set_socket_option(fd_.get(), IPPROTO_TCP, TCP_NODELAY, on);
}

bool StreamConnection::tcp_keep_alive() const {
  return socket_option(fd_.get(), SOL_SOCKET, SO_KEEPALIVE) != 0;
}

void StreamConnection::set_tcp_keep_alive(bool on) {
  set_socket_option(fd_.get(), SOL_SOCKET, SO_KEEPALIVE, on);
}

std::string StreamConnection::log_prefix() const {
  return (protocol_ ? protocol_->log_prefix() : "connection") + "," + role_;
}

}  // namespace loopmark
