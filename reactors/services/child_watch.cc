// SPDX-License-Identifier: MIT
#include "reactors/services/child_watch.h"

#include <signal.h>
#include <sys/wait.h>

#include <cerrno>
#include <chrono>
#include <utility>

#include "reactors/base/check.h"
#include "reactors/services/process_errors.h"
#include "reactors/services/query.h"
#include "reactors/services/report.h"
#include "reactors/services/signals.h"

extern "C" {  // which glibc 2.36 leaves out
#include <sys/pidfd.h>
}

namespace loopmark {
namespace {

constexpr Duration kFirstLook = std::chrono::milliseconds(1);  // then twice as long each time
constexpr Duration kLastLook = std::chrono::milliseconds(512);

Failure reason_of(const siginfo_t& end) {
  if (end.si_code != CLD_EXITED) return Failure::of(ProcessTerminated::by_signal(end.si_status));
  if (end.si_status != 0) return Failure::of(ProcessTerminated::by_exit(end.si_status));
  return Failure::of(ProcessDone());
}

}  // namespace

template <>
std::shared_ptr<ChildWatch> adapt<ChildWatch>(Reactor& reactor) {
  return std::make_shared<ChildWatch>(reactor);
}

ChildWatch& ChildWatch::of(Reactor& reactor) {
  return query<ChildWatch>(reactor);
}

ChildWatch::ChildWatch(Reactor& reactor) : reactor_(reactor) {
  query<ReactorSignals>(reactor).on_child_signal([this] { look_at_those_without_pidfd(); });
}

ChildWatch::~ChildWatch() {
  for (const std::shared_ptr<Child>& child : std::exchange(children_, {})) {
    child->look_ = nullptr;
    child->abandon();
  }
}

void ChildWatch::expect(const std::shared_ptr<Child>& child) {
  children_.insert(child);
  try {
    look_for_a_while(*child, kFirstLook);
    look_at_next_startup();
  } catch (...) {
    forget(*child);
    throw;
  }
}

void ChildWatch::forget(Child& child) noexcept {
  const std::shared_ptr<Child> held = child.shared_from_this();
  children_.erase(held);
  if (child.look_ && child.look_->active()) child.look_->cancel();
  child.look_ = nullptr;
}

void ChildWatch::add(const std::shared_ptr<Child>& child, pid_t pid) noexcept {
  child->pid_ = pid;
  child->pidfd_.reset(::pidfd_open(pid, 0));
  if (watch(child)) std::exchange(child->look_, nullptr)->cancel();
}

/// If it has a pidfd that can be watched. Otherwise false.
bool ChildWatch::watch(const std::shared_ptr<Child>& child) noexcept {
  if (!child->pidfd_) return false;
  try {
    reactor_.add_reader(child);
    return true;
  } catch (...) {
    child->pidfd_.reset();  // more than the backend can watch
    return false;
  }
}

/// The kernel has refused its pidfd after all; or the reactor stops, and the next startup sees to it.
void ChildWatch::unwatched(Child& child) {
  if (child.is_reaped() || !reactor_.running()) return;
  child.pidfd_.reset();
  look_for_a_while(child, kFirstLook);
}

void ChildWatch::pipe_closed(Child& child) {
  if (!child.is_reaped() && !child.pidfd_) look_for_a_while(child, kFirstLook);
}

void ChildWatch::look_for_a_while(Child& child, Duration delay) {
  if (child.look_ && child.look_->active()) child.look_->cancel();
  if (delay > kLastLook) return;
  child.look_ = reactor_.call_later(delay, [this, held = child.shared_from_this(), delay] {
    if (!reap(*held)) look_for_a_while(*held, 2 * delay);
  });
}

void ChildWatch::look_at_those_without_pidfd() {
  for (const std::shared_ptr<Child>& child : std::unordered_set(children_)) {
    if (!child->pidfd_) reap(*child);
  }
}

void ChildWatch::look_at_next_startup() {
  if (looks_at_startup_) return;
  // As ordinary work of the loop, and so not in this startup, but in the next, it is asked for again.
  reactor_.add_system_event_trigger(Phase::kAfter, "startup", [this] {
    looks_at_startup_ = false;
    reactor_.call_later(Duration::zero(), [this] { look_at_all(); });
  });
  looks_at_startup_ = true;
}

void ChildWatch::look_at_all() {
  for (const std::shared_ptr<Child>& child : std::unordered_set(children_)) {
    guarded(
        reactor_, [&] { return child->log_prefix(); },
        [&] {
          if (!reap(*child) && !watch(child)) look_for_a_while(*child, kFirstLook);
        });
  }
  if (!children_.empty()) look_at_next_startup();
}

/// If it has ended. Otherwise false.
bool ChildWatch::reap(Child& child) {
  if (child.is_reaped()) return true;
  siginfo_t end{};
  const auto [by, what] =
      child.pidfd_ ? std::pair(P_PIDFD, child.pidfd_.get()) : std::pair(P_PID, child.pid_);
  const int result = ::waitid(by, static_cast<id_t>(what), &end, WEXITED | WNOHANG);
  if (result == 0 && end.si_pid == 0) return false;
  Failure reason;  // the kernel tells it once, so it is told now in any case
  try {
    reason = result == 0 ? reason_of(end) : Failure::of(ProcessTerminated::unknown());
  } catch (...) {
    reason = Failure::current();
  }
  const std::shared_ptr<Child> held = child.shared_from_this();
  forget(child);
  reactor_.remove_reader(child);
  child.pidfd_.reset();
  child.pid_ = 0;
  child.exited(reason);
  return true;
}

std::vector<pid_t> ChildWatch::pids() const {
  std::vector<pid_t> pids;
  for (const std::shared_ptr<Child>& child : children_) pids.push_back(child->pid_);
  return pids;
}

Progress ChildWatch::Child::do_read() {
  watch_.reap(*this);
  return Progress::more();
}

void ChildWatch::Child::connection_lost(const Failure&) {
  watch_.unwatched(*this);
}

void ChildWatch::Child::signal(int number) {
  if (is_reaped()) throw ProcessExitedAlready();
  const int result =
      pidfd_ ? ::pidfd_send_signal(pidfd_.get(), number, nullptr, 0) : ::kill(pid_, number);
  if (result < 0 && errno == ESRCH) throw ProcessExitedAlready();
  check_call(result, "signal_process");
}

}  // namespace loopmark
