// SPDX-License-Identifier: MIT
//
// What the program does, and what it is told. What is owed: model_connections_owed.cc.
#include "conformance/programs/model_connections.h"

namespace loopmark::conformance::programs {
namespace {

constexpr std::size_t kMostAtOnce = 64 * 1024;  // in one data_received() (XP-PROTO-05)
// More than the kernel keeps of what one side of a UNIX connection sends, with the buffer that its transport is given.
constexpr std::size_t kKernelHolds = 32 * 1024;

}  // namespace

std::string stream(Who who, std::size_t position, std::size_t count) {
  std::string bytes(count, '\0');
  for (char& byte : bytes) {
    byte = static_cast<char>(position * 31 + position / 256 * 7 + (who == Who::kServer ? 128 : 0));
    ++position;
  }
  return bytes;
}

void ConnectionModel::connect(bool reactor_stops) {
  has_begun_ = in_connect_ = true;
  begun_at_stop_ = reactor_stops;
}

void ConnectionModel::has_connected() {
  in_connect_ = false;
  for (const Who who : {Who::kClient, Who::kServer}) {
    if (!factory_in_use_[static_cast<std::size_t>(who)])
      throw broken(who, "its factory was not started (TCPC-01, TCPL-09)");
  }
}

std::string ConnectionModel::write(Who who, std::size_t count) {
  SideState& side = at(who);
  std::string bytes = stream(who, side.written, count);
  const bool is_dropped = !side.is_made() || side.aborted || side.threw || side.write_shut;
  if (is_dropped) return bytes;  // XP-WRITE-03, XP-ABORT-01, HALF-07
  side.written += count;
  if (!side.closing && !side.half_closing) side.due = side.written;
  return bytes;
}

void ConnectionModel::has_written(Who who) const {
  const SideState& its = side(who);
  const std::size_t arrived = side(other(who)).received;
  const bool is_full = its.due > arrived + kQueueLimit + kKernelHolds;
  if (is_full && !is_over_tcp_ && its.produces == Produces::kPush && !its.producer_paused &&
      can_send(who)) {
    throw broken(who, "its queue is over the limit, and its producer was not paused (PROD-04)");
  }
}

void ConnectionModel::lose(Who who) {
  SideState& side = at(who);
  if (side.is_made() && !side.aborted) side.closing = true;
}

void ConnectionModel::abort(Who who) {
  at(who).aborted |= at(who).is_made();
}

void ConnectionModel::lose_write(Who who) {
  SideState& side = at(who);
  if (side.is_made() && !side.aborted && !side.closing) side.half_closing = true;
}

void ConnectionModel::register_producer(Who who, Produces kind) {
  at(who).produces = kind;
  at(who).producer_paused = false;
}

void ConnectionModel::reactor_stops() {
  port_gone_ = has_begun_;
  for (SideState& side : sides_) side.stopped = side.is_made() && !side.aborted;
}

Broken ConnectionModel::broken(Who who, const std::string& what) const {
  return Broken{name_ + (who == Who::kClient ? ", client: " : ", server: ") + what};
}

/// A call of the protocol of `who`.
SideState& ConnectionModel::told(Who who, const std::string& what) {
  SideState& side = at(who);
  if (side.is_absent()) throw broken(who, what + " before connection_made() (XP-PROTO-02)");
  if (side.is_lost()) throw broken(who, what + " after connection_lost() (XP-PROTO-02)");
  if (side.in_call) {
    throw broken(who,
                 what + " inside a call of its transport (XP-WRITE-01, XP-LOSE-02, XP-ABORT-02)");
  }
  return side;
}

void ConnectionModel::factory_started(Who who) {
  if (std::exchange(factory_in_use_[static_cast<std::size_t>(who)], true))
    throw broken(who, "its factory was started twice (XP-FACT-01)");
}

void ConnectionModel::factory_stopped(Who who) {
  if (!std::exchange(factory_in_use_[static_cast<std::size_t>(who)], false))
    throw broken(who, "its factory was stopped, though it was not in use (XP-FACT-01)");
}

void ConnectionModel::made(Who who) {
  SideState& side = at(who);
  if (in_connect_) throw broken(who, "connection_made() inside the call that connects (TCPC-01)");
  if (!side.is_absent()) throw broken(who, "connection_made() twice (XP-PROTO-02)");
  if (!has_begun_ || never_comes(who))
    throw broken(who,
                 "connection_made(), though the attempt has failed or the port is closed "
                 "(TCPC-03, TCPL-07)");
  side.stage = SideState::Stage::kMade;
}

void ConnectionModel::received(Who who, std::string_view data) {
  SideState& side = told(who, "data_received()");
  if (side.paused) throw broken(who, "data_received(), though it is paused (XP-PAUSE-01)");
  if (side.closing || side.aborted)
    throw broken(who, "data_received() after lose_connection() or abort_connection() (XP-LOSE-04)");
  if (side.read_ended) throw broken(who, "data_received() after read_connection_lost() (HALF-03)");
  if (data.size() > kMostAtOnce) throw broken(who, "more than 64 KiB at once (XP-PROTO-05)");
  const std::size_t end = side.received + data.size();
  if (end > this->side(other(who)).written)
    throw broken(who, "data_received() of more than was to be sent (XP-PROTO-04)");
  if (data != stream(other(who), side.received, data.size()))
    throw broken(who, "data_received() of other bytes than are next (XP-PROTO-04)");
  side.received = end;
}

void ConnectionModel::read_lost(Who who) {
  SideState& side = told(who, "read_connection_lost()");
  SideState& from = at(other(who));
  if (side.read_ended) throw broken(who, "read_connection_lost() twice (HALF-03)");
  if (side.paused) throw broken(who, "read_connection_lost(), though it is paused (XP-PAUSE-04)");
  if (side.closing || side.aborted)
    throw broken(who, "read_connection_lost() after it was to be closed (XP-LOSE-04)");
  if (!from.is_lost() && !from.half_closing && !is_disturbed(who))
    throw broken(who, "read_connection_lost(), though the other has not ended (HALF-03)");
  if (side.received < due_to(who))
    throw broken(who, "read_connection_lost() before all that was sent (HALF-03)");
  side.read_ended = true;
  from.written = side.received;  // what was written since lose_write_connection(), is not sent
}

void ConnectionModel::write_lost(Who who) {
  SideState& side = told(who, "write_connection_lost()");
  if (!side.half_closing || std::exchange(side.write_shut, true))
    throw broken(who, "write_connection_lost() once too often (HALF-02)");
}

void ConnectionModel::lost(Who who, Reason reason) {
  SideState& side = told(who, "connection_lost()");
  if (side.produces != Produces::kNothing)
    throw broken(who, "connection_lost(), and its producer was not stopped before (PROD-08)");
  const bool by_itself = side.closing || side.is_ending() || (side.half_closing && side.read_ended);
  if (!by_itself) check_end(who);
  check_reason(who, reason, by_itself);
  side.reason = reason;
  side.stage = SideState::Stage::kLost;
}

/// An end that only the other can have brought about.
void ConnectionModel::check_end(Who who) const {
  const SideState& its = side(who);
  const SideState& from = side(other(who));
  if (!from.is_lost() && !is_disturbed(who) && !(from.half_closing && !is_aware_))
    throw broken(who, "connection_lost(), though nothing has ended it (XP-PROTO-02)");
  if (is_disturbed(who) || its.read_ended) return;
  if (its.paused) throw broken(who, "connection_lost(), though it is paused (XP-PAUSE-04)");
  if (its.received < due_to(who))
    throw broken(who, "connection_lost() before all that was sent (XP-PROTO-06)");
}

void ConnectionModel::check_reason(Who who, Reason reason, bool by_itself) const {
  const SideState& its = side(who);
  const SideState& from = side(other(who));
  if (its.threw != (reason == Reason::kThrown))
    throw broken(who, "the reason is not what was thrown (ERR-03, XP-ABORT-06)");
  if (its.threw) return;
  if (its.aborted) {  // the other, or the reactor's stop, may have been first
    const bool had_ended = its.read_ended && its.write_shut;
    const bool was_broken = from.is_lost() || is_disturbed(who) || its.stopped;
    if (reason == Reason::kAborted || (reason == Reason::kLost ? was_broken : had_ended)) return;
    throw broken(who, "aborted, and the reason is not ConnectionAborted (XP-ABORT-03)");
  }
  if (reason == Reason::kAborted)
    throw broken(who, "ConnectionAborted, though it did not abort (XP-ABORT-03)");
  if (reason == Reason::kLost && !its.stopped && !is_disturbed(who))
    throw broken(who, "ConnectionLost of an end in good order (XP-LOSE-03, XP-PROTO-07)");
  const bool was_reset =
      is_over_tcp_ && from.is_lost() && from.reason == Reason::kAborted && !from.half_closing;
  if (reason == Reason::kDone && was_reset && !by_itself)
    throw broken(who, "ConnectionDone, though the other has reset it (XP-PROTO-07)");
}

void ConnectionModel::failed() {
  if (in_connect_) throw broken(Who::kClient, "failed inside the call that connects (TCPC-01)");
  if (!is_connecting())
    throw broken(Who::kClient, "client_connection_failed() without an attempt (TCPC-03)");
  if (!was_given_up_ && !port_stops_ && !port_may_be_closed())
    throw broken(Who::kClient, "client_connection_failed(), though the port listens (TCPC-02)");
  failed_ = true;
}

void ConnectionModel::over() {
  if (!side(Who::kClient).is_lost() || std::exchange(over_, true))
    throw broken(Who::kClient, "client_connection_lost() without connection_lost() (TCPC-13)");
}

void ConnectionModel::port_closed() {
  if (port_ends_owed_ == 0) throw Broken{name_ + ": stop_listening() completed twice (TCPL-06)"};
  --port_ends_owed_;
  port_gone_ = true;
}

void ConnectionModel::producer_paused(Who who) {
  SideState& side = at(who);
  if (side.produces != Produces::kPush)
    throw broken(who, "a producer was paused that is not registered (PROD-07)");
  if (side.written <= this->side(other(who)).received + kQueueLimit)
    throw broken(who, "its producer was paused below the limit (PROD-04)");
  if (std::exchange(side.producer_paused, true))
    throw broken(who, "its producer was paused twice (PROD-05)");
}

void ConnectionModel::producer_resumed(Who who) {
  SideState& side = at(who);
  if (side.produces == Produces::kNothing)
    throw broken(who, "a producer was resumed that is not registered (PROD-07)");
  if (side.produces == Produces::kPush && !std::exchange(side.producer_paused, false))
    throw broken(who, "its producer was resumed, though it was not paused (PROD-03, PROD-05)");
}

void ConnectionModel::producer_stopped(Who who) {
  SideState& side = at(who);
  if (side.produces == Produces::kNothing)
    throw broken(who, "a producer was stopped that is not registered (PROD-08)");
  const bool is_unfinished = side.produces == Produces::kPull || side.producer_paused;
  if (side.closing && is_unfinished && can_send(who) && !side.write_shut)
    throw broken(who, "closed before its producer had finished (PROD-10)");
  side.produces = Produces::kNothing;
  side.producer_stopped = true;
}

}  // namespace loopmark::conformance::programs
