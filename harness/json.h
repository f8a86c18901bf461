// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace loopmark::harness {

/// JSON whose members keep their order, so that stored results can be compared line by line.
using Json = nlohmann::ordered_json;

/// `value` on one line. Bytes that are no UTF-8 (a worker may write anything) become replacement
/// characters.
inline std::string to_line(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// The same over several lines, for people.
inline std::string to_pretty(const Json& value) {
  return value.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace loopmark::harness
