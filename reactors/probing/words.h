// SPDX-License-Identifier: MIT
//
// What probes of different libraries find out in the same way, in the words of the subjects.
#pragma once

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "reactors/base/time.h"
#include "reactors/library_profile.h"

namespace loopmark::profile {

/// What timers are set for: the same number of milliseconds and of binary fractions of a second, so that no library's
/// arithmetic rounds it.
inline constexpr Duration kUnit = std::chrono::milliseconds(125);

/// "once", "twice", "5 times"; not for 0.
inline std::string times(std::size_t count) {
  return count == 1 ? "once" : count == 2 ? "twice" : std::to_string(count) + " times";
}

/// "one pass called it twice", "one pass did not call it".
inline std::string calls_by(const std::string& who, std::size_t count) {
  return who + (count == 0 ? " did not call it" : " called it " + times(count));
}

/// What is none of any subject's answers, so that the worker refuses it: the probe itself has not worked.
inline Answer failed_probe(const std::string& seen) {
  return {"the probe has failed: " + seen, seen};
}

/// The answer on what was asked for three times and called so often.
inline Answer repeats_answer(std::size_t calls) {
  if (calls == 1) return {"one", "it was called once"};
  if (calls == 3) return {"each", "it was called 3 times"};
  return failed_probe("calls: " + std::to_string(calls));
}

/// The answer on two callbacks in one pass, each of which cancels the other.
inline Answer cancelled_answer(std::size_t calls) {
  if (calls == 0) return failed_probe("nothing was called");
  if (calls == 1) return {"dropped", "one pass called one of the two"};
  return {"called", "one pass called both"};
}

/// Whole milliseconds, as text.
inline std::string in_ms(Duration time) {
  return std::to_string(std::chrono::floor<std::chrono::milliseconds>(time).count()) + " ms";
}

/// "read+write" and its like.
inline std::string word_of_directions(bool read, bool write) {
  if (read && write) return "read+write";
  return read ? "read" : write ? "write" : "nothing";
}

/// The answer on io-order. The three stand as 'a', 'b', 'c' by number, were added as "bca" and became ready as "cab";
/// `seen` has the orders in which several passes called them.
inline Answer order_answer(const std::set<std::string>& seen) {
  if (seen.size() > 1) return {"varies", "the order changed from pass to pass"};
  constexpr const char* kWords[][2] = {{"abc", "by-number"}, {"cba", "by-number-reversed"},
                                       {"bca", "as-added"},  {"acb", "as-added-reversed"},
                                       {"cab", "as-ready"},  {"bac", "as-ready-reversed"}};
  for (const auto& [order, word] : kWords) {
    if (seen.contains(order)) return {word, "each of 64 passes called them in this order"};
  }
  return failed_probe("some pass did not call each of them once");
}

/// The answer on repeat-overrun, by the first four calls of a timer, whose first took 2.5 periods of kUnit.
inline Answer overrun_answer(const std::vector<Duration>& calls) {
  constexpr const char* kWords[][2] = {{"10 35 40 50 ", "keeps-schedule"},
                                       {"10 35 45 55 ", "restarts"},
                                       {"10 35 35 45 ", "one-at-once"},
                                       {"10 35 35 40 ", "catches-up"}};
  std::string tenths, periods;
  for (const Duration call : calls) {
    const long tenth = std::lround(10 * std::chrono::duration<double>(call) / kUnit);
    tenths += std::to_string(tenth) + " ";
    periods += (periods.empty() ? "" : ", ") + std::to_string(tenth / 10) + "." +
               std::to_string(tenth % 10);
  }
  const std::string seen = "the calls began after " + periods + " periods";
  for (const auto& [calls_in_tenths, word] : kWords) {
    if (tenths == calls_in_tenths) return {word, seen};
  }
  return {"otherwise", seen};
}

/// The answer on repeat-drift, by the first three calls of a timer, each of which took a quarter of its period.
inline Answer drift_answer(const std::vector<Duration>& calls) {
  if (calls[2] < 3 * kUnit + kUnit / 4) return {"keeps", "the third call began after 3 periods"};
  return {"drifts", "the third call began after " + in_ms(calls[2]) + ", where 3 periods are " +
                        in_ms(3 * kUnit)};
}

/// The answer on a timer's base: armed for two units, a unit after the reading that the library may have cached.
inline Answer base_answer(Duration after) {
  return {after < 3 * kUnit / 2 ? "cached" : "fresh",
          "it was called " + in_ms(after) + " after it was armed for 250 ms"};
}

}  // namespace loopmark::profile
