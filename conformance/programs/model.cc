// SPDX-License-Identifier: MIT
#include "conformance/programs/model.h"

namespace loopmark::conformance::programs {
namespace {

std::string timer_name(std::size_t id) {
  return "timer " + std::to_string(id);
}

}  // namespace

void Model::made(TimerId timer, TimePoint deadline, std::size_t turn) {
  timers_[timer] = {deadline, false, turn};
}

void Model::moved(TimerId timer, TimePoint deadline, std::size_t turn) {
  timers_[timer] = {deadline, true, turn};
}

void Model::timer_called(TimerId timer, TimePoint now, std::size_t turn) {
  const auto called = timers_.find(timer);
  if (called == timers_.end()) {
    throw Broken{timer_name(timer) +
                 " was called, though it is not pending (TIME-CANCEL-01, TIME-BASIC-02)"};
  }
  const auto [deadline, was_moved, changed] = called->second;
  if (now < deadline)
    throw Broken{timer_name(timer) + " was called before it was due (TIME-BASIC-01)"};
  for (const auto& [other, state] : timers_) {
    if (other == timer || state.changed == turn) continue;  // those of this turn wait for the next
    if (state.deadline + resolution_ < deadline) {
      throw Broken{timer_name(timer) + " was called before " + timer_name(other) +
                   ", which was due earlier (TIME-ORDER-01)"};
    }
    if (in_order_ && other < timer && state.deadline == deadline && !state.was_moved &&
        !was_moved) {
      throw Broken{timer_name(timer) + " was called before " + timer_name(other) +
                   ", which was made earlier (TIME-ORDER-02)"};
    }
  }
  timers_.erase(called);
}

void Model::thread_call_called(std::size_t call) {
  const auto called = queued_.find(call);
  const std::string name = "thread call " + std::to_string(call);
  if (called == queued_.end()) throw Broken{name + " was called twice (THR-FROM-01)"};
  for (auto earlier = queued_.begin(); earlier != called; ++earlier) {
    if (called->second || earlier->second) continue;  // another thread's: no order is promised
    throw Broken{name + " was called before " + std::to_string(earlier->first) + " (THR-FROM-03)"};
  }
  queued_.erase(called);
}

void Model::read(const Watched& watched) const {
  if (!watched.reading) throw Broken{watched.name + ": do_read, though it is no reader (FD-RM-01)"};
  if (watched.bytes == 0 && !watched.ended) {
    throw Broken{watched.name + ": do_read, though nothing can be read (FD-READ-03)"};
  }
}

void Model::wrote(const Watched& watched) const {
  if (watched.writes_left == 0)
    throw Broken{watched.name + ": do_write, though it is no writer (FD-RM-01)"};
}

void Model::lost(Watched& watched) const {
  if (watched.losses_owed > 0) {
    --watched.losses_owed;
  } else if (!(watched.gone && watched.registered())) {
    throw Broken{watched.name + ": connection_lost, though nothing has ended it (FD-ERR-01)"};
  }
  watched.leave();
}

void Model::read_lost(Watched& watched) const {
  if (watched.ends_owed == 0) {
    throw Broken{watched.name + ": read_connection_lost, though its end was not read (FD-ERR-04)"};
  }
  --watched.ends_owed;
  watched.reading = false;
}

void Model::error_reported() {
  if (errors_owed_ == 0) throw Broken{"an error was reported, though nothing was thrown (ERR-02)"};
  --errors_owed_;
}

std::optional<std::string> Model::owed(TimePoint now) const {
  for (const auto& [id, timer] : timers_) {
    if (timer.deadline + resolution_ <= now)
      return timer_name(id) + " is due and was not called (TIME-BASIC-01)";
  }
  if (!queued_.empty()) {
    return "thread call " + std::to_string(queued_.begin()->first) +
           " was not called (THR-FROM-01)";
  }
  if (errors_owed_ > 0) return "an exception was not reported (ERR-02)";
  return std::nullopt;
}

std::optional<std::string> Model::owed(const Watched& watched) {
  if (watched.losses_owed > 0) return watched.name + ": connection_lost did not come (FD-ERR-01)";
  if (watched.ends_owed > 0)
    return watched.name + ": read_connection_lost did not come (FD-ERR-04)";
  if (watched.reading && (watched.bytes > 0 || watched.ended)) {
    return watched.name + ": can be read, and do_read did not come (FD-READ-01)";
  }
  if (watched.writes_left > 0)
    return watched.name + ": can be written, and do_write did not come (FD-WRITE-01)";
  return std::nullopt;
}

}  // namespace loopmark::conformance::programs
