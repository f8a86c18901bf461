// SPDX-License-Identifier: MIT
#pragma once

#include <csignal>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "reactors/base/unique_fd.h"
#include "reactors/descriptor.h"

namespace loopmark {

/// Brings signals from their handler to the thread of a reactor that watches this for reading: a self-pipe. One at a time
/// in a process, for a handler can reach nothing but what is static.
///
/// Notes on the mechanism:
/// (a) The handler may run on any thread at any moment. It notes the number, writes a byte, and leaves errno as it was
///     (signal-safety(7)).
/// (b) The note counts and the byte only wakes: a full pipe loses nothing, and a signal that comes again before it was
///     told is told once.
/// (c) Another thread may be in the handler while the pipe is to be closed: give_back() waits until it has left, so that
///     it does not write to whatever gets that number next.
/// (d) With SA_RESTART, the application's blocking calls go on (SIG-11); waits for descriptors end with EINTR all the same
///     (signal(7)).
class SignalPipe final : public Descriptor {
 public:
  /// Told on the reactor's thread, in a pass. Must not throw.
  using Arrived = std::function<void(int number)>;

  /// Told when it is not watched any more.
  using Lost = std::function<void(const Failure& reason)>;

  /// Throws std::logic_error when the process has one, and std::system_error.
  SignalPipe(Arrived arrived, Lost lost);
  ~SignalPipe() override { give_back(); }

  /// Handles signal `number`, one of the first 31, from here on.
  void take(int number);

  /// What handled the signals before does so again, and the pipe is closed. Again is the same as once.
  void give_back();

  int fileno() const override { return read_end_.get(); }
  Progress do_read() override;
  Progress do_write() override { return Progress::drained(); }
  void connection_lost(const Failure& reason) override { lost_(reason); }
  std::string log_prefix() const override { return "signals"; }

 private:
  Arrived arrived_;
  Lost lost_;
  UniqueFd read_end_;
  UniqueFd write_end_;
  std::vector<std::pair<int, struct sigaction>> taken_;  // and what handled them before
};

}  // namespace loopmark
