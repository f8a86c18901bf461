// SPDX-License-Identifier: MIT
//
// A random program: what an application might do with a reactor, as data. As text it is one action a line, and what a
// callback does stands indented below the action that makes it:
//
//   add_reader 0
//   call_later 5
//     close_peer 0
//     throw
//   settle 10
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace loopmark::conformance::programs {

/// The lines that a program has: connected pairs of sockets, the near end of which is the reactor's. The second half of
/// them ends one direction at a time (HalfCloseable).
inline constexpr int kLines = 4;

/// The connections that a program has, each with a port of its own. The first half is over UNIX sockets, the second over TCP.
/// The protocols of those with an odd number are half-close-aware. Sides are numbered on: 2n is the client's of connection
/// n, 2n + 1 the server's.
inline constexpr int kConnections = 4;

struct Action {
  enum class Kind {
    kAddReader,            // line
    kAddWriter,            // line, for so many calls of do_write
    kRemoveReader,         // line
    kRemoveWriter,         // line
    kPut,                  // line, so many bytes from its peer
    kHalfClosePeer,        // line
    kClosePeer,            // line
    kReopen,               // line: closed, and a new pair in its place, which gets the same numbers
    kOnRead,               // line; body: of the next do_read
    kOnWrite,              // line; body: of the next do_write
    kOnLost,               // line; body: of the next connection_lost, or of half of it
    kConnect,              // connection: a new one takes the place of what was there, which goes on
    kStopConnecting,       // connection
    kStopListening,        // connection
    kWrite,                // side, so many bytes
    kWriteSequence,        // side, so many bytes, in three parts
    kLoseConnection,       // side
    kAbortConnection,      // side
    kLoseWriteConnection,  // side
    kPauseProducing,       // side: it reads no more
    kResumeProducing,      // side
    kRegisterPush,         // side
    kRegisterPull,         // side, so many pieces until it unregisters itself
    kUnregisterProducer,   // side
    kOnMade,               // side; body: of connection_made
    kOnData,               // side; body: of the next data_received
    kOnEnd,                // side; body: of the next loss, of it or a half, or failure to connect
    kRemoveAll,            //
    kCallLater,            // milliseconds; body
    kCancel,               // timer, counted from the first and modulo their number
    kReset,                // timer, milliseconds from now
    kDelay,                // timer, milliseconds more
    kCallFromThread,       // body; called from the reactor's own thread
    kCallFromOther,        // body; called from another thread
    kThrow,                // ends the callback
    kStop,                 //
    kCrash,                //
    kRun,                  // body: of call_when_running. Inside a callback it is refused
    kSettle,               // milliseconds that pass. Inside a callback: iterate(), which is refused
  };

  Kind kind{};
  int first = 0;
  int second = 0;
  std::vector<Action> body = {};

  bool operator==(const Action&) const = default;
};

using Program = std::vector<Action>;

inline bool is_of_line(Action::Kind kind) {
  return kind <= Action::Kind::kOnLost;
}
inline bool is_of_side(Action::Kind kind) {
  return kind >= Action::Kind::kWrite && kind <= Action::Kind::kOnEnd;
}
inline bool is_of_connection(Action::Kind kind) {
  return kind >= Action::Kind::kConnect && kind <= Action::Kind::kOnEnd;  // those of sides, too
}

/// What an action's kind is called, and what it takes.
struct Word {
  std::string_view name;
  int numbers;
  bool has_body;
};
const Word& word(Action::Kind kind);
inline constexpr int kKinds = static_cast<int>(Action::Kind::kSettle) + 1;

/// The actions of `program`, those of bodies included.
std::size_t size(const Program& program);

std::string to_text(const Program& program);

/// Throws std::invalid_argument with the line and what is wrong in it.
Program parse(std::string_view text);

}  // namespace loopmark::conformance::programs
