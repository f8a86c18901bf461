// SPDX-License-Identifier: MIT
//
// What is owed by a connection. What it is told: model_connections.cc.
#include "conformance/programs/model_connections.h"

namespace loopmark::conformance::programs {

bool ConnectionModel::never_comes(Who who) const {
  return side(who).is_absent() && (who == Who::kClient ? failed_ : port_gone_);
}

/// It may be reset, or is, so that what is under way may be lost.
bool ConnectionModel::is_disturbed(Who who) const {
  const SideState& from = side(other(who));
  const bool closed_unread = from.is_lost() && side(who).written > from.received;
  return from.aborted || closed_unread || never_comes(other(who)) || begun_at_stop_;
}

/// So many bytes are to arrive in all.
std::size_t ConnectionModel::due_to(Who who) const {
  const SideState& from = side(other(who));
  if (is_disturbed(who) || (from.is_made() && from.is_ending())) return 0;
  return from.is_lost() && !from.sent_all() ? 0 : from.due;
}

/// The other does not read: what `who` has to send may wait, and what comes behind it.
bool ConnectionModel::is_held_back(Who who) const {
  const SideState& to = side(other(who));
  return !to.is_lost() && !never_comes(other(who)) && !to.reads() &&
         side(who).written > to.received;
}

/// Or will have, without anybody's doing.
bool ConnectionModel::has_ended_sending(Who who) const {
  const SideState& its = side(who);
  return its.is_lost() || never_comes(who) ||
         (its.half_closing && its.is_made() && its.produces == Produces::kNothing);
}

bool ConnectionModel::can_send(Who who) const {
  const SideState& its = side(who);
  const SideState& to = side(other(who));
  return its.is_made() && !its.is_ending() && to.is_made() && !to.is_ending();
}

std::optional<std::string> ConnectionModel::owed() const {
  if (!has_begun_ || is_adrift_) return std::nullopt;
  if (const auto what = owed_by_port()) return name_ + ": " + *what;
  for (const Who who : {Who::kClient, Who::kServer}) {
    if (const auto what = owed_to(who)) return broken(who, *what).what;
    if (const auto what = owed_to_producer(who)) return broken(who, *what).what;
  }
  return std::nullopt;
}

/// Or by the connector.
std::optional<std::string> ConnectionModel::owed_by_port() const {
  const SideState& client = side(Who::kClient);
  const auto& [client_factory, server_factory] = factory_in_use_;
  if (is_connecting())
    return "neither connection_made() nor client_connection_failed() came (TCPC-02, TCPC-03)";
  const bool arrives = client.is_made() ? !client.is_ending() : client.sent_all();
  const bool listens = !port_stops_ && !port_may_be_closed();
  if (arrives && listens && side(Who::kServer).is_absent()) return "was not accepted (TCPL-11)";
  if (client.is_lost() && !over_) return "client_connection_lost() did not come (TCPC-13)";
  if (client_factory && (failed_ || over_)) return "the client's factory was not stopped (TCPC-03)";
  if (port_ends_owed_ > 0) return "stop_listening() was not completed (TCPL-06)";
  if (server_factory && port_gone_) return "the port's factory was not stopped (TCPL-09, TCPL-18)";
  return std::nullopt;
}

std::optional<std::string> ConnectionModel::owed_to(Who who) const {
  const SideState& its = side(who);
  if (!its.is_made()) return std::nullopt;
  const bool has_no_producer = its.produces == Produces::kNothing;
  const bool ended = its.is_ending() || its.producer_stopped || (its.read_ended && its.write_shut);
  if (ended || (its.closing && has_no_producer && !is_held_back(who)))
    return "connection_lost() did not come (XP-LOSE-01, XP-ABORT-05, HALF-11, ERR-03)";
  if (its.reads() && its.received < due_to(who))
    return "what the other has written did not arrive (XP-PROTO-04)";
  if (its.reads() && has_ended_sending(other(who)))
    return "the other has ended, and that was not told (XP-PROTO-02, HALF-03, HALF-04)";
  const bool shuts = is_aware_ && its.half_closing && !its.write_shut && !its.closing;
  if (shuts && has_no_producer && can_send(who) && !is_held_back(who))
    return "write_connection_lost() did not come (HALF-02)";
  return std::nullopt;
}

std::optional<std::string> ConnectionModel::owed_to_producer(Who who) const {
  const SideState& its = side(who);
  if (!can_send(who) || is_held_back(who)) return std::nullopt;
  if (its.producer_paused) return "its producer was not resumed (PROD-05)";
  // One that was registered after the shut writes nothing, and so is not asked again.
  if (its.produces == Produces::kPull && !its.half_closing)
    return "its producer was not asked for more (PROD-07)";
  return std::nullopt;
}

}  // namespace loopmark::conformance::programs
