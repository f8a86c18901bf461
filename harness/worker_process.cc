// SPDX-License-Identifier: MIT
#include "harness/worker_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "harness/build_info.h"
#include "harness/result_line.h"
#include "harness/spawn.h"
#include "harness/stacks.h"
#include "harness/strays.h"
#include "reactors/base/check.h"

namespace loopmark::harness {
namespace {

constexpr std::size_t kKeptResults = 1 << 20;
constexpr Duration kDebuggerTime = std::chrono::seconds(10);
constexpr bool kSanitized = kSanitizer[0] != '\0';  // sanitizers reserve terabytes of address space

struct Pipe {
  UniqueFd reading;
  UniqueFd writing;
};

Pipe make_pipe() {
  int ends[2];
  check_call(::pipe2(ends, O_CLOEXEC), "pipe2");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

void set_nonblocking(const UniqueFd& fd) {
  check_call(::fcntl(fd.get(), F_SETFL, O_NONBLOCK), "fcntl");
}

/// Reads what is there, and closes `pipe` at its end. Bounded, since a worker may write faster than
/// this reads.
void read_some(UniqueFd& pipe, std::string& into, std::size_t most) {
  char bytes[16 << 10];
  for (int i = 0; i < 16 && pipe; ++i) {
    const ssize_t count = ::read(pipe.get(), bytes, sizeof bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) return pipe.reset();
    into.append(bytes, static_cast<std::size_t>(count));
    if (into.size() > most) into.erase(0, into.size() - most);
  }
}

}  // namespace

WorkerProcess::WorkerProcess(WorkerCommand command)
    : command_(std::move(command)), mark_(make_mark()) {
  adopt_strays();
  Pipe results = make_pipe();
  Pipe output = make_pipe();
  Pipe errors = make_pipe();
  Pipe input;
  if (command_.takes_commands) {
    input = make_pipe();
  } else {
    input.reading.reset(check_call(::open("/dev/null", O_RDONLY | O_CLOEXEC), "/dev/null"));
  }
  for (const Pipe* pipe : {&results, &output, &errors}) set_nonblocking(pipe->reading);

  started_ = Clock::now();
  deadline_ = later_by(started_, command_.time_limit);
  pid_ =
      spawn({command_.arguments, mark_, input.reading.get(), output.writing.get(),
             errors.writing.get(), results.writing.get(), kSanitized ? 0 : command_.memory_limit});
  // By number, since the header of glibc 2.36 cannot be used from C++.
  pid_fd_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  if (!pid_fd_) {
    kill_group();
    ::waitpid(pid_, nullptr, 0);
    throw_errno("pidfd_open");
  }
  input_ = std::move(input.writing);
  results_ = std::move(results.reading);
  output_ = std::move(output.reading);
  errors_ = std::move(errors.reading);
}

WorkerProcess::~WorkerProcess() {
  if (ended_) return;
  kill_group();
  ::waitpid(pid_, nullptr, 0);
  kill_strays(mark_);
}

void WorkerProcess::wait() {
  std::vector<pollfd> entries;
  add_poll_entries(entries);
  ::poll(entries.data(), entries.size(), poll_timeout(wake_at()));
  serve();
}

void WorkerProcess::add_poll_entries(std::vector<pollfd>& entries) const {
  for (const UniqueFd* fd : {&pid_fd_, &results_, &output_, &errors_}) {
    if (*fd) entries.push_back({fd->get(), POLLIN, 0});
  }
  if (debugger_) debugger_->add_poll_entries(entries);
}

TimePoint WorkerProcess::wake_at() const {
  if (killed_) return TimePoint::max();
  return debugger_ ? debugger_->wake_at() : deadline_;
}

void WorkerProcess::serve() {
  if (ended_) return;
  read_pipes();
  pollfd process{pid_fd_.get(), POLLIN, 0};
  if (::poll(&process, 1, 0) > 0) return collect_end();
  if (killed_) return;
  if (debugger_ || Clock::now() >= deadline_) time_is_over();
}

/// What it ends as is settled now; but before it is killed, a debugger is run on it, when there is
/// one.
void WorkerProcess::time_is_over() {
  if (!debugger_) {
    outcome_.end = WorkerOutcome::End::kTimedOut;
    outcome_.elapsed = Clock::now() - started_;
    if (!command_.traced_on_timeout) return kill_group();
    const std::vector<std::string> gdb = debugger_command(pid_);
    if (gdb.empty()) {
      outcome_.stacks = "no stacks: gdb is not installed; the kernel says\n" + kernel_view(pid_);
      return kill_group();
    }
    debugger_ = std::make_unique<WorkerProcess>(WorkerCommand{.arguments = gdb,
                                                              .time_limit = kDebuggerTime,
                                                              .traced_on_timeout = false,
                                                              .memory_limit = 0});
    return;
  }
  debugger_->serve();
  if (!debugger_->ended()) return;
  const WorkerOutcome& traced = debugger_->outcome();
  const std::size_t stacks = traced.output.find("\nThread ");
  if (stacks != std::string::npos) {
    outcome_.stacks = traced.output.substr(stacks + 1);
  } else {
    outcome_.stacks =
        "no stacks: gdb " + describe(traced) + "; the kernel says\n" + kernel_view(pid_);
  }
  kill_group();
}

void WorkerProcess::kill_group() {
  killed_ = true;
  ::kill(-pid_, SIGKILL);
  ::kill(pid_, SIGKILL);  // the group is not there yet in the first moments
}

/// The leader has ended. What it left behind in its group is killed while its number is still
/// taken; a process that has left the group may hold the pipes open, so their end is not waited
/// for.
void WorkerProcess::collect_end() {
  ::kill(-pid_, SIGKILL);
  read_pipes();
  int status = 0;
  ::waitpid(pid_, &status, 0);
  kill_strays(mark_);
  if (outcome_.end == WorkerOutcome::End::kExited) {  // not settled by us
    outcome_.elapsed = Clock::now() - started_;
    if (WIFSIGNALED(status)) outcome_.end = WorkerOutcome::End::kSignalled;
    outcome_.code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
  }
  for (UniqueFd* fd : {&pid_fd_, &input_, &results_, &output_, &errors_}) fd->reset();
  debugger_.reset();
  ended_ = true;
}

void WorkerProcess::read_pipes() {
  read_some(results_, outcome_.results, kKeptResults);
  read_some(output_, outcome_.output, command_.kept_output);
  read_some(errors_, outcome_.errors, command_.kept_output);
}

bool WorkerProcess::send(std::string_view line) {
  return input_ && write_all(input_.get(), std::string(line) + '\n');
}

void WorkerProcess::renew_time_limit(Duration limit) {
  deadline_ = later_by(Clock::now(), limit);
}

int poll_timeout(TimePoint when) {
  if (when == TimePoint::max()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(when - Clock::now());
  constexpr std::chrono::milliseconds kLongest = std::chrono::hours(24);
  return static_cast<int>(std::clamp(left, std::chrono::milliseconds(0), kLongest).count());
}

}  // namespace loopmark::harness
