// SPDX-License-Identifier: MIT
#include "harness/round_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <string>

namespace loopmark::harness {
namespace {

constexpr double kMost = 1e18;  // ns: thirty years

[[noreturn]] void refuse(const std::string& name, const char* what) {
  throw std::invalid_argument(fmt::format("the counts' '{}' is not {}", name, what));
}

bool is_text(const Json& value) {
  return value.is_string();
}
bool is_figure(const Json& value) {
  return value.is_number();
}
bool is_range(const Json& value) {
  return value.is_array() && value.size() == 2 && value[0].is_number() && value[1].is_number();
}

/// Whether `value` is an object with nothing but such members.
template <class Fits>
bool holds_only(const Json& value, Fits fits) {
  return value.is_object() && std::all_of(value.begin(), value.end(), fits);
}

}  // namespace

void check_slot(const Json& slot) {
  for (const char* const name : {"events", "wall_ns", "cpu_ns"}) {
    const auto value = slot.at(name).get<double>();
    if (!(value >= 0 && value <= kMost))
      throw std::invalid_argument(fmt::format("a slot with {} of {}", value, name));
  }
}

void check_counts(const Json& counts) {
  if (!counts.is_object()) throw std::invalid_argument("the counts are no object");
  for (const auto& [name, value] : counts.items()) {
    if (name == "events") {
      if (!is_range(value)) refuse(name, "a pair of numbers");
    } else if (name == "missing") {
      if (!holds_only(value, is_text)) refuse(name, "an object with texts");
    } else if (name == "varies") {
      const auto ranges = [](const Json& each) { return holds_only(each, is_range); };
      if (!holds_only(value, ranges)) refuse(name, "an object with pairs of numbers by name");
    } else if (name == "because") {
      if (!is_text(value)) refuse(name, "a text");
    } else if (!is_figure(value) && !holds_only(value, is_figure)) {
      refuse(name, "a number, or an object with numbers");
    }
  }
}

}  // namespace loopmark::harness
