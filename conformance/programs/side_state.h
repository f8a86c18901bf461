// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>

namespace loopmark::conformance::programs {

enum class Who { kClient, kServer };
enum class Produces { kNothing, kPush, kPull };

/// Why a connection has ended, as its protocol is told.
enum class Reason { kDone, kLost, kAborted, kThrown };

constexpr Who other(Who who) {
  return who == Who::kClient ? Who::kServer : Who::kClient;
}

/// `count` bytes of what `who` sends, from `position` on; they tell where they belong.
std::string stream(Who who, std::size_t position, std::size_t count);

/// What is known of one side of a connection.
struct SideState {
  enum class Stage { kAbsent, kMade, kLost };

  Stage stage = Stage::kAbsent;
  std::size_t written = 0;        // so many bytes can arrive,
  std::size_t due = 0;            // so many of them must
  std::size_t received = 0;       // of the other's
  bool paused = false;            // pause_producing()
  bool closing = false;           // lose_connection()
  bool aborted = false;           // abort_connection()
  bool half_closing = false;      // lose_write_connection()
  bool write_shut = false;        // write_connection_lost() has come
  bool read_ended = false;        // read_connection_lost() has come
  bool threw = false;             // in a callback, which ends it
  bool stopped = false;           // by the reactor's stop
  Reason reason = Reason::kDone;  // when it is lost
  bool in_call = false;           // of its transport
  Produces produces = Produces::kNothing;
  bool producer_paused = false;
  bool producer_stopped = false;

  bool is_absent() const { return stage == Stage::kAbsent; }
  bool is_made() const { return stage == Stage::kMade; }
  bool is_lost() const { return stage == Stage::kLost; }
  bool is_ending() const { return aborted || threw || stopped; }
  /// It was lost, and all it had written was sent before.
  bool sent_all() const {
    return is_lost() && reason == Reason::kDone && (closing || (half_closing && read_ended));
  }
  /// It takes what the other sends.
  bool reads() const { return is_made() && !is_ending() && !paused && !closing && !read_ended; }
};

}  // namespace loopmark::conformance::programs
