// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "reactors/base/failure.h"

namespace loopmark {

/// A child process as its protocol sees it (Twisted's IProcessTransport). No function blocks, and none calls the protocol;
/// what is written or closed outside a run takes effect in the next. Reactor thread.
class ProcessTransport {
 public:
  virtual ~ProcessTransport() = default;

  /// Empty from process_exited() on (PROC-END-05).
  virtual std::optional<pid_t> pid() const = 0;

  /// Queues `data` for the child's descriptor `number`, without limit; dropped when that pipe is lost. Throws
  /// std::invalid_argument when the map of descriptors does not let the parent write to `number` (PROC-IO-02).
  virtual void write_to_child(int number, std::string_view data) = 0;
  /// To the child's stdin.
  void write(std::string_view data) { write_to_child(0, data); }
  void write_sequence(std::span<const std::string_view> parts) {
    for (const std::string_view part : parts) write(part);
  }

  /// Closes our end of the pipe to the child's `number`: behind what is queued for it (PROC-IO-03), or at once where we
  /// read (PROC-IO-04). Then child_connection_lost(number) is called, never inside the call. Nothing where no pipe is.
  virtual void close_child_fd(int number) = 0;
  void close_stdin() { close_child_fd(0); }
  void close_stdout() { close_child_fd(1); }
  void close_stderr() { close_child_fd(2); }
  /// Closes all pipes so. The child may well live on.
  virtual void lose_connection() = 0;

  /// Sends signal `number` to the child. Throws ProcessExitedAlready when it is gone, whoever has reaped it, and
  /// std::system_error (EINVAL, EPERM).
  virtual void signal_process(int number) = 0;

  /// Stops reading from all pipes, and goes on. Repeated calls are as one. process_exited() is told meanwhile, the close of
  /// a pipe is not.
  virtual void pause_producing() = 0;
  virtual void resume_producing() = 0;
};

/// What an application does with one child process (Twisted's IProcessProtocol). The calls come on the reactor's thread:
/// make_connection() first, which calls connection_made(); process_ended() last; the others in any order between them.
/// What one of them throws is reported and changes nothing else, but out of child_data_received() it closes that pipe.
class ProcessProtocol {
 public:
  virtual ~ProcessProtocol() = default;

  /// Called once, inside spawn_process().
  void make_connection(std::shared_ptr<ProcessTransport> transport) {
    transport_ = std::move(transport);
    connection_made();
  }

  /// The child runs, and can be written to.
  virtual void connection_made() {}

  /// Some more of what the child writes to its descriptor `number`, at most 64 KiB.
  virtual void child_data_received(int number, std::string_view data) {
    static_cast<void>(number);
    static_cast<void>(data);
  }

  /// The pipe to the child's `number` is closed: by the child and all who have inherited it, by close_child_fd(), or
  /// because the reactor stops. Once for each pipe.
  virtual void child_connection_lost(int number) { static_cast<void>(number); }

  /// The child has ended: ProcessDone or ProcessTerminated. Its pipes may be open still, in the hands of its children.
  virtual void process_exited(const Failure& reason) { static_cast<void>(reason); }

  /// It has ended, and all pipes are closed: all its output was delivered. Nothing is called after this.
  virtual void process_ended(const Failure& reason) { static_cast<void>(reason); }

  /// What it calls itself in lines of a log.
  virtual std::string log_prefix() const { return "ProcessProtocol"; }

 protected:
  /// Null until make_connection(); after the end it can still be called, and does nothing.
  const std::shared_ptr<ProcessTransport>& transport() const { return transport_; }

 private:
  std::shared_ptr<ProcessTransport>
      transport_;  // which owns the protocol, too, but only until the end
};

}  // namespace loopmark
