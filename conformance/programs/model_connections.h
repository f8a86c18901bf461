// SPDX-License-Identifier: MIT
//
// What the contract owes the two sides of a connection, its port and its connector; kept as model.h has it, which has the
// rest. "The other" is the other side of the same connection.
//
// All that was written before lose_connection() or lose_write_connection() arrives, if the other reads. Where a connection
// may be reset, nothing is known of what is under way: by abort_connection(), by closing with unread input (XP-LOSE-07), and
// by a port that closes before it has accepted.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "conformance/programs/model.h"
#include "conformance/programs/side_state.h"

namespace loopmark::conformance::programs {

class ConnectionModel {
 public:
  static constexpr std::size_t kQueueLimit = 2000;  // what each transport is to have (PROD-04)

  /// `is_aware`: both protocols are HalfCloseableProtocols. Over TCP, or else over a UNIX socket.
  ConnectionModel(std::string name, bool is_aware, bool is_over_tcp)
      : name_(std::move(name)), is_aware_(is_aware), is_over_tcp_(is_over_tcp) {}

  // What the program does. The calls that can call back have an end, too.
  void connect(bool reactor_stops);
  void has_connected();
  void stop_connecting() { was_given_up_ = true; }
  void stop_listening() { port_stops_ = true, ++port_ends_owed_; }
  std::string write(Who who, std::size_t count);  // answers what is to be written
  void has_written(Who who) const;
  void lose(Who who);
  void abort(Who who);
  void lose_write(Who who);
  void pause(Who who, bool paused) { at(who).paused = paused; }
  void register_producer(Who who, Produces kind);
  void unregister_producer(Who who) { register_producer(who, Produces::kNothing); }
  /// In a call of its transport nothing is called back. Answers what was.
  bool set_in_call(Who who, bool in) { return std::exchange(at(who).in_call, in); }
  void threw(Who who) { at(who).threw = at(who).is_made(); }
  void all_removed() { is_adrift_ = has_begun_; }
  void reactor_stops();

  // What it is told. Each throws Broken when that was not owed.
  void factory_started(Who who);
  void factory_stopped(Who who);
  void made(Who who);
  void received(Who who, std::string_view data);
  void read_lost(Who who);
  void write_lost(Who who);
  void lost(Who who, Reason reason);
  void failed();       // client_connection_failed()
  void over();         // client_connection_lost()
  void port_closed();  // the Deferred of stop_listening()
  void producer_paused(Who who);
  void producer_resumed(Who who);
  void producer_stopped(Who who);

  /// What is still owed now, in words.
  std::optional<std::string> owed() const;

  const SideState& side(Who who) const { return sides_[static_cast<std::size_t>(who)]; }
  bool has_begun() const { return has_begun_; }
  bool is_connecting() const { return has_begun_ && !failed_ && side(Who::kClient).is_absent(); }
  bool port_may_be_closed() const { return port_gone_ || begun_at_stop_; }
  /// `who` is not there, and does not come any more.
  bool never_comes(Who who) const;

 private:
  SideState& at(Who who) { return sides_[static_cast<std::size_t>(who)]; }
  Broken broken(Who who, const std::string& what) const;
  SideState& told(Who who, const std::string& what);
  bool is_disturbed(Who who) const;
  std::size_t due_to(Who who) const;
  bool is_held_back(Who who) const;
  bool has_ended_sending(Who who) const;
  bool can_send(Who who) const;
  void check_end(Who who) const;
  void check_reason(Who who, Reason reason, bool by_itself) const;
  std::optional<std::string> owed_by_port() const;
  std::optional<std::string> owed_to(Who who) const;
  std::optional<std::string> owed_to_producer(Who who) const;

  const std::string name_;
  const bool is_aware_;
  const bool is_over_tcp_;
  bool has_begun_ = false;
  bool in_connect_ = false;
  bool begun_at_stop_ = false;  // of the reactor, which may end it, or its port alone
  bool was_given_up_ = false;
  bool failed_ = false;
  bool over_ = false;
  bool is_adrift_ = false;   // by remove_all(): nothing more is owed
  bool port_stops_ = false;  // stop_listening()
  bool port_gone_ = false;
  int port_ends_owed_ = 0;
  std::array<bool, 2> factory_in_use_{};
  std::array<SideState, 2> sides_{};
};

}  // namespace loopmark::conformance::programs
