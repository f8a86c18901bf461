// SPDX-License-Identifier: MIT
//
// A worker process and the watch over it. A worker may crash, hang, ignore signals, fork, close its
// descriptors, or write anything anywhere: none of that may stop or mislead the supervisor, so all
// it is asked for is an outcome.
//
//   WorkerProcess worker({.arguments = {...}, .time_limit = std::chrono::seconds(10)});
//   while (!worker.ended()) worker.wait();
#pragma once

#include <poll.h>
#include <sys/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/worker.h"
#include "reactors/base/time.h"
#include "reactors/base/unique_fd.h"

namespace loopmark::harness {

/// One running worker, in a session and process group of its own. It dies with the supervisor.
class WorkerProcess {
 public:
  /// Starts it. Throws std::system_error when there are no processes or descriptors to be had; a
  /// program that cannot be executed is a worker that exits with status 127.
  explicit WorkerProcess(WorkerCommand command);

  /// Kills it, if it runs yet.
  ~WorkerProcess();
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  /// Waits until something happens to it, and takes that up. For one that has not ended; who waits
  /// for several needs the next three.
  void wait();

  /// Adds what has to be polled for, and when serve() is due at the latest.
  void add_poll_entries(std::vector<pollfd>& entries) const;
  TimePoint wake_at() const;

  /// Takes up what happened: reads its pipes, and kills the group when the time is over. Never
  /// blocks.
  void serve();

  bool ended() const { return ended_; }

  /// What became of it; call it once ended().
  const WorkerOutcome& outcome() const { return outcome_; }

  // For a worker that takes commands.

  /// Writes `line` and a line break to its standard input. False when it does not read any more
  /// (SIGPIPE is ignored).
  bool send(std::string_view line);

  /// Takes what came through the result pipe so far.
  std::string take_results() { return std::exchange(outcome_.results, {}); }

  /// Gives it `limit` from now on, instead of the time it had.
  void renew_time_limit(Duration limit);

  pid_t pid() const { return pid_; }

 private:
  void read_pipes();
  void time_is_over();
  void kill_group();
  void collect_end();

  WorkerCommand command_;
  std::string mark_;  // of what it starts
  pid_t pid_ = -1;
  UniqueFd pid_fd_;
  UniqueFd input_;
  UniqueFd results_;
  UniqueFd output_;
  UniqueFd errors_;
  TimePoint started_;
  TimePoint deadline_;
  std::unique_ptr<WorkerProcess> debugger_;  // while the stacks are taken
  bool killed_ = false;
  bool ended_ = false;
  WorkerOutcome outcome_;
};

/// The timeout to hand to poll(2) so that it returns at `when`: rounded up, and -1 for never.
int poll_timeout(TimePoint when);

}  // namespace loopmark::harness
