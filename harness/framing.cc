// SPDX-License-Identifier: MIT
#include "harness/framing.h"

#include <algorithm>
#include <iterator>
#include <sstream>

#include "harness/json_text.h"
#include "harness/result_line.h"

namespace loopmark::harness {
namespace {

[[noreturn]] void refuse(std::string_view line, const std::string& why) {
  throw BadResultLine(why + ": \"" + excerpt(line) + '"');
}

}  // namespace

std::string excerpt(std::string_view text, std::size_t length) {
  std::string shown(text.substr(0, length));
  const auto unprintable = [](char c) { return c < ' ' || c > '~'; };
  std::replace_if(shown.begin(), shown.end(), unprintable, '?');
  return text.size() > length ? shown + "..." : shown;
}

std::string last_line(std::string_view text) {
  text = text.substr(0, text.find_last_not_of('\n') + 1);
  return excerpt(text.substr(text.find_last_of('\n') + 1), 200);
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

Json parse_result_line(std::string_view line) {
  constexpr std::size_t kDigits = 8;
  if (!line.starts_with(kResultMark)) refuse(line, "a line that is no result");
  std::string_view rest = line.substr(kResultMark.size());
  if (rest.size() <= kDigits || rest[kDigits] != ' ')
    refuse(line, "a result line without checksum");
  const std::string_view json = rest.substr(kDigits + 1);
  if (rest.substr(0, kDigits) != checksum(json))
    refuse(line, "a result line with a wrong checksum");
  try {
    Json value = read_json(json);
    if (value.is_object()) return value;
  } catch (const BadJson&) {  // told below
  }
  refuse(line, "a result line that holds no JSON object");
}

std::optional<Json> ResultLines::next() {
  const std::size_t end = rest_.find('\n');
  if (end == std::string::npos) return std::nullopt;
  const std::string line = rest_.substr(0, end);
  rest_.erase(0, end + 1);
  return parse_result_line(line);
}

}  // namespace loopmark::harness
