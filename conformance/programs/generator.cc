// SPDX-License-Identifier: MIT
#include "conformance/programs/generator.h"

namespace loopmark::conformance::programs {
namespace {

using Kind = Action::Kind;
constexpr int kDeepest = 3;

rc::Gen<Program> body(int depth);

/// Often, so that batches of several ready descriptors and due timers arise: adds, puts and equal delays.
rc::Gen<Kind> kind(int depth) {
  if (depth == 0) {
    return rc::gen::weightedElement<Kind>(
        {{8, Kind::kAddReader},    {4, Kind::kAddWriter},      {8, Kind::kPut},
         {6, Kind::kOnRead},       {3, Kind::kOnWrite},        {3, Kind::kOnLost},
         {8, Kind::kCallLater},    {2, Kind::kCancel},         {2, Kind::kReset},
         {1, Kind::kDelay},        {3, Kind::kClosePeer},      {2, Kind::kHalfClosePeer},
         {2, Kind::kReopen},       {1, Kind::kRemoveAll},      {2, Kind::kRemoveReader},
         {1, Kind::kRemoveWriter}, {3, Kind::kCallFromThread}, {1, Kind::kCallFromOther},
         {1, Kind::kStop},         {1, Kind::kCrash},          {3, Kind::kRun},
         {6, Kind::kSettle}});
  }
  return rc::gen::weightedElement<Kind>(
      {{3, Kind::kAddReader},    {2, Kind::kAddWriter},      {3, Kind::kPut},
       {2, Kind::kOnRead},       {1, Kind::kOnWrite},        {1, Kind::kOnLost},
       {4, Kind::kCallLater},    {3, Kind::kCancel},         {2, Kind::kReset},
       {1, Kind::kDelay},        {2, Kind::kClosePeer},      {1, Kind::kHalfClosePeer},
       {4, Kind::kReopen},       {1, Kind::kRemoveAll},      {5, Kind::kRemoveReader},
       {3, Kind::kRemoveWriter}, {3, Kind::kCallFromThread}, {1, Kind::kCallFromOther},
       {3, Kind::kThrow},        {2, Kind::kStop},           {1, Kind::kCrash},
       {1, Kind::kRun},          {1, Kind::kSettle}});
}

/// What is counted: few, so that they are often the same.
rc::Gen<int> first_number(Kind kind) {
  if (is_of_line(kind)) return rc::gen::inRange(0, kLines);
  if (kind == Kind::kCallLater || kind == Kind::kSettle) return rc::gen::element(0, 0, 1, 5, 20);
  return rc::gen::inRange(0, 8);  // a timer
}

rc::Gen<int> second_number(Kind kind) {
  if (kind == Kind::kReset || kind == Kind::kDelay) return rc::gen::element(0, 1, 5, 20);
  return rc::gen::inRange(1, 7);
}

rc::Gen<Action> action(int depth) {
  return rc::gen::mapcat(kind(depth), [depth](Kind kind) {
    const Word& named = word(kind);
    return rc::gen::build<Action>(
        rc::gen::set(&Action::kind, rc::gen::just(kind)),
        rc::gen::set(&Action::first, named.numbers > 0 ? first_number(kind) : rc::gen::just(0)),
        rc::gen::set(&Action::second, named.numbers > 1 ? second_number(kind) : rc::gen::just(0)),
        rc::gen::set(&Action::body, named.has_body && depth < kDeepest ? body(depth + 1)
                                                                       : rc::gen::just(Program())));
  });
}

rc::Gen<Program> body(int depth) {
  return rc::gen::scale(0.1, rc::gen::container<Program>(action(depth)));
}

}  // namespace

rc::Gen<Program> any_program() {
  return rc::gen::container<Program>(action(0));
}

}  // namespace loopmark::conformance::programs
