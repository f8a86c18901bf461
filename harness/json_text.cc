// SPDX-License-Identifier: MIT
#include "harness/json_text.h"

#include <fmt/format.h>

#include <optional>

namespace loopmark::harness {
namespace {

// Results need eight levels.
constexpr int kDeepest = 64;

/// Where `text` is nested deeper than that, if it is. Brackets in texts do not count.
std::optional<std::size_t> too_deep_at(std::string_view text) {
  int depth = 0;
  bool in_text = false;
  bool escaped = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (in_text) {
      in_text = c != '"' || escaped;
      escaped = c == '\\' && !escaped;
      continue;
    }
    in_text = c == '"';
    if (c == ']' || c == '}') --depth;
    if ((c == '[' || c == '{') && ++depth > kDeepest) return at;
  }
  return std::nullopt;
}

}  // namespace

Json read_json(std::string_view text) {
  if (const auto at = too_deep_at(text))
    throw BadJson(fmt::format("nested deeper than {} at byte {}", kDeepest, *at), *at);
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    throw BadJson(fmt::format("no JSON at byte {}", error.byte), error.byte);
  } catch (const Json::out_of_range&) {
    throw BadJson("a number in it is too large", text.size());
  }
}

std::string reason_of(const Json::exception& error) {
  const std::string text = error.what();
  const std::size_t end = text.find("] ");
  return end == std::string::npos ? text : text.substr(end + 2);
}

}  // namespace loopmark::harness
