// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace loopmark::harness {

/// What of a workload's slots is compared.
enum class Quantity {
  kTimePerEvent,  // a slot's time, divided by its events
  /// Processor time of the loop's own thread, divided by the slot's events. Another thread is the loop's clients, the same
  /// for all arms: the wall clock shows mostly how the two wait for each other, and what the clients use, call and execute
  /// is nobody's.
  kProcessorTime,
  kOperation,  // the median of a slot's operations: its pace is not the arm's own
  kValue,      // recorded without verdict: the named histograms and values are the result
};

/// Whether it is a slot's time, divided by its events.
constexpr bool is_per_event(Quantity quantity) {
  return quantity == Quantity::kTimePerEvent || quantity == Quantity::kProcessorTime;
}

/// Whether what a slot uses is that of the loop's own thread: where there is another one, it is the
/// loop's clients.
constexpr bool is_of_loop_alone(Quantity quantity) {
  return quantity == Quantity::kProcessorTime || quantity == Quantity::kValue;
}

/// The word in lists and journals.
constexpr std::string_view word(Quantity quantity) {
  return quantity == Quantity::kTimePerEvent    ? "time per event"
         : quantity == Quantity::kProcessorTime ? "processor time per event"
         : quantity == Quantity::kOperation     ? "operation"
                                                : "value";
}

/// The quantity of that word; kValue for any other.
constexpr Quantity quantity_of(std::string_view text) {
  for (const Quantity each :
       {Quantity::kTimePerEvent, Quantity::kProcessorTime, Quantity::kOperation}) {
    if (word(each) == text) return each;
  }
  return Quantity::kValue;
}

}  // namespace loopmark::harness
