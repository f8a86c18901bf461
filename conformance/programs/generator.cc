// SPDX-License-Identifier: MIT
#include "conformance/programs/generator.h"

namespace loopmark::conformance::programs {
namespace {

using Kind = Action::Kind;
constexpr int kDeepest = 3;

/// What a program is about: all of it at once would be little of each.
struct Theme {
  enum class Of { kLines, kConnections, kBoth };

  Of of;
  int connection;   // the first of those that it has,
  int connections;  // of which there are so many: few, so that each is done much to
};

rc::Gen<Program> body(Theme theme, int depth);

// Each kind of action often, so that batches of several ready descriptors and due timers arise: adds, puts and equal delays;
// and connections that have something to send when they are closed.

rc::Gen<Kind> kind_of_line(int depth) {
  if (depth == 0) {
    return rc::gen::weightedElement<Kind>({{8, Kind::kAddReader},
                                           {4, Kind::kAddWriter},
                                           {8, Kind::kPut},
                                           {6, Kind::kOnRead},
                                           {3, Kind::kOnWrite},
                                           {3, Kind::kOnLost},
                                           {3, Kind::kClosePeer},
                                           {2, Kind::kHalfClosePeer},
                                           {2, Kind::kReopen},
                                           {1, Kind::kRemoveAll},
                                           {2, Kind::kRemoveReader},
                                           {1, Kind::kRemoveWriter}});
  }
  return rc::gen::weightedElement<Kind>({{3, Kind::kAddReader},
                                         {2, Kind::kAddWriter},
                                         {3, Kind::kPut},
                                         {2, Kind::kOnRead},
                                         {1, Kind::kOnWrite},
                                         {1, Kind::kOnLost},
                                         {2, Kind::kClosePeer},
                                         {1, Kind::kHalfClosePeer},
                                         {4, Kind::kReopen},
                                         {1, Kind::kRemoveAll},
                                         {5, Kind::kRemoveReader},
                                         {3, Kind::kRemoveWriter}});
}

rc::Gen<Kind> kind_of_connection(int depth) {
  const std::size_t top = depth == 0 ? 1 : 0;
  return rc::gen::weightedElement<Kind>({{2 + top, Kind::kConnect},
                                         {1, Kind::kStopConnecting},
                                         {1 + top, Kind::kStopListening},
                                         {8, Kind::kWrite},
                                         {2, Kind::kWriteSequence},
                                         {4, Kind::kLoseConnection},
                                         {3, Kind::kAbortConnection},
                                         {4, Kind::kLoseWriteConnection},
                                         {3, Kind::kPauseProducing},
                                         {3, Kind::kResumeProducing},
                                         {3, Kind::kRegisterPush},
                                         {2, Kind::kRegisterPull},
                                         {2, Kind::kUnregisterProducer},
                                         {1 + 3 * top, Kind::kOnMade},
                                         {2 + 3 * top, Kind::kOnData},
                                         {2 + 3 * top, Kind::kOnEnd}});
}

rc::Gen<Kind> other_kind(int depth) {
  if (depth == 0) {
    return rc::gen::weightedElement<Kind>({{8, Kind::kCallLater},
                                           {2, Kind::kCancel},
                                           {2, Kind::kReset},
                                           {1, Kind::kDelay},
                                           {3, Kind::kCallFromThread},
                                           {1, Kind::kCallFromOther},
                                           {1, Kind::kStop},
                                           {1, Kind::kCrash},
                                           {3, Kind::kRun},
                                           {6, Kind::kSettle}});
  }
  return rc::gen::weightedElement<Kind>({{4, Kind::kCallLater},
                                         {3, Kind::kCancel},
                                         {2, Kind::kReset},
                                         {1, Kind::kDelay},
                                         {3, Kind::kCallFromThread},
                                         {1, Kind::kCallFromOther},
                                         {3, Kind::kThrow},
                                         {2, Kind::kStop},
                                         {1, Kind::kCrash},
                                         {1, Kind::kRun},
                                         {1, Kind::kSettle}});
}

rc::Gen<Kind> kind(Theme theme, int depth) {
  const rc::Gen<Kind> of_line = kind_of_line(depth);
  const rc::Gen<Kind> of_connection = kind_of_connection(depth);
  const rc::Gen<Kind> another = other_kind(depth);
  switch (theme.of) {
    case Theme::Of::kLines:
      return rc::gen::weightedOneOf<Kind>({{3, of_line}, {2, another}});
    case Theme::Of::kConnections:
      return rc::gen::weightedOneOf<Kind>(
          {{6, of_connection},
           {1, rc::gen::just(depth == 0 ? Kind::kSettle : Kind::kThrow)},
           {2, another}});
    case Theme::Of::kBoth:
      break;
  }
  return rc::gen::weightedOneOf<Kind>({{2, of_line}, {3, of_connection}, {2, another}});
}

/// What is counted: few, so that they are often the same.
rc::Gen<int> first_number(Theme theme, Kind kind) {
  if (is_of_line(kind)) return rc::gen::inRange(0, kLines);
  if (is_of_connection(kind)) {
    const int each = is_of_side(kind) ? 2 : 1;  // so many numbers has a connection
    return rc::gen::map(rc::gen::inRange(0, theme.connections * each), [theme, each](int number) {
      return (theme.connection * each + number) % (kConnections * each);
    });
  }
  if (kind == Kind::kCallLater || kind == Kind::kSettle) return rc::gen::element(0, 0, 1, 5, 20);
  return rc::gen::inRange(0, 8);  // a timer
}

rc::Gen<int> second_number(Kind kind) {
  if (kind == Kind::kReset || kind == Kind::kDelay) return rc::gen::element(0, 1, 5, 20);
  if (kind == Kind::kWrite || kind == Kind::kWriteSequence)
    return rc::gen::weightedElement<int>({{3, 1}, {3, 10}, {4, 1000}, {4, 40'000}, {1, 1'000'000}});
  return rc::gen::inRange(1, 7);
}

rc::Gen<Action> action(Theme theme, int depth) {
  return rc::gen::mapcat(kind(theme, depth), [theme, depth](Kind kind) {
    const Word& named = word(kind);
    return rc::gen::build<Action>(
        rc::gen::set(&Action::kind, rc::gen::just(kind)),
        rc::gen::set(&Action::first,
                     named.numbers > 0 ? first_number(theme, kind) : rc::gen::just(0)),
        rc::gen::set(&Action::second, named.numbers > 1 ? second_number(kind) : rc::gen::just(0)),
        rc::gen::set(&Action::body, named.has_body && depth < kDeepest ? body(theme, depth + 1)
                                                                       : rc::gen::just(Program())));
  });
}

rc::Gen<Program> body(Theme theme, int depth) {
  return rc::gen::scale(0.1, rc::gen::container<Program>(action(theme, depth)));
}

}  // namespace

rc::Gen<Program> any_program() {
  const auto theme = rc::gen::build<Theme>(
      rc::gen::set(&Theme::of, rc::gen::weightedElement<Theme::Of>({{3, Theme::Of::kLines},
                                                                    {5, Theme::Of::kConnections},
                                                                    {2, Theme::Of::kBoth}})),
      rc::gen::set(&Theme::connection, rc::gen::element(0, 1, 2, 3)),
      rc::gen::set(&Theme::connections, rc::gen::element(1, 1, 2)));
  return rc::gen::mapcat(theme, [](Theme chosen) {
    return rc::gen::map(rc::gen::container<Program>(action(chosen, 0)), [chosen](Program program) {
      const Action connect{.kind = Kind::kConnect, .first = chosen.connection};
      if (chosen.of == Theme::Of::kConnections) program.insert(program.begin(), connect);
      return program;
    });
  });
}

}  // namespace loopmark::conformance::programs
