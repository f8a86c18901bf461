// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "reactors/services/open_sockets.h"

namespace loopmark {

/// The parent's end of a pipe to a child. As sockets do, it lives and hears of the reactor's stop by OpenSockets, until it
/// is lost. Reactor thread.
class ChildPipe : public OpenSockets::Socket {
 public:
  /// Who is told, in a pass. It is kept alive until the pipe is lost.
  class Owner {
   public:
    virtual ~Owner() = default;
    /// Thrown out of this, an exception closes the pipe.
    virtual void pipe_received(int number, std::string_view data) = 0;
    /// Once. Must not throw.
    virtual void pipe_lost(int number) = 0;
    /// As OpenSockets::Socket::abandon().
    virtual void abandon() = 0;
    virtual std::string log_prefix() const = 0;
  };

  /// `fd` is non-blocking, and its own; `number` is what the child calls its end. Throws what add_reader() throws.
  void start(std::shared_ptr<Owner> owner, UniqueFd fd, int number);

  /// Closes in a later pass. Again is the same as once.
  virtual void lose_connection() = 0;

  /// Closes now, and tells nobody.
  void discard();

  int fileno() const override { return fd_.get(); }
  void connection_lost(const Failure&) override { end(); }
  std::string log_prefix() const override { return owner_ ? owner_->log_prefix() : "pipe"; }
  void abandon() override;

 protected:
  explicit ChildPipe(OpenSockets& sockets) : sockets_(sockets), reactor_(sockets.reactor()) {}
  bool is_open() const { return owner_ != nullptr; }
  void end();

  OpenSockets& sockets_;
  Reactor& reactor_;
  UniqueFd fd_;
  int number_ = -1;
  std::shared_ptr<Owner> owner_;  // until it is lost
  DelayedCallRef end_;            // once lose_connection() was called
};

/// One that the parent reads from.
class ChildReader final : public ChildPipe {
 public:
  explicit ChildReader(OpenSockets& sockets) : ChildPipe(sockets) {}

  /// Stops reading, and goes on, unless it closes.
  void pause();
  void resume();
  void lose_connection() override;

  Progress do_read() override;
  Progress do_write() override { return Progress::drained(); }
};

/// One that the parent writes to.
///
/// Notes on the mechanism:
/// (a) Written is only in do_write(): a write to a pipe without readers raises SIGPIPE, which the reactor keeps from the
///     process in its own passes alone.
/// (b) That all readers are gone is an error of the writing end, POLLERR, and shown to who watches for reading: select(2)
///     says so. Nothing else makes that end readable; do_read() asks all the same, lest another kernel spin.
class ChildWriter final : public ChildPipe {
 public:
  explicit ChildWriter(OpenSockets& sockets) : ChildPipe(sockets) {}

  /// Queues `data`; dropped when the pipe is lost.
  void write(std::string_view data);
  /// Behind what is queued, also by then (XP-LOSE-06).
  void lose_connection() override;

  Progress do_read() override;
  Progress do_write() override;

 private:
  std::string queue_;
  std::size_t sent_ = 0;  // of that
};

}  // namespace loopmark
