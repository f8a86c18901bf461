// SPDX-License-Identifier: MIT
//
// JSON that comes from outside: out of a file that somebody may have edited, or from a process that may write anything.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

#include "harness/json.h"

namespace loopmark::harness {

/// A text is no JSON, or none that anybody here writes. what() says in what way, and at which byte.
struct BadJson : std::runtime_error {
  BadJson(const std::string& what, std::size_t at) : runtime_error(what), byte(at) {}
  std::size_t byte;  // so many were sound
};

/// The value in `text`. Throws BadJson, also for what is nested so deeply that to copy it, or to print it, would
/// exhaust the stack.
Json read_json(std::string_view text);

/// What nlohmann/json says of a value, without the number of its exception: "key 'arm' not found".
std::string reason_of(const Json::exception& error);

}  // namespace loopmark::harness
