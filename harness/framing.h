// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "harness/json.h"

namespace loopmark::harness {

/// What came through the pipe is no result line; what() says in what way, and shows the beginning
/// of it.
struct BadResultLine : std::runtime_error {
  using runtime_error::runtime_error;
};

/// The JSON of one result line, given without its line break. Throws BadResultLine.
Json parse_result_line(std::string_view line);

/// Cuts what comes through a pipe into results.
class ResultLines {
 public:
  void feed(std::string_view bytes) { rest_ += bytes; }

  /// The next complete result, if there is one. Throws BadResultLine, and is then past the bad
  /// line.
  std::optional<Json> next();

  /// What is left over: the beginning of a line.
  const std::string& rest() const { return rest_; }

 private:
  std::string rest_;
};

/// `text` cut to a length that can be shown, without control characters.
std::string excerpt(std::string_view text, std::size_t length = 60);

/// The last line of `text` that is not empty, cut so, or "".
std::string last_line(std::string_view text);

/// What stands between the blanks of `text`.
std::vector<std::string> words_of(const std::string& text);

}  // namespace loopmark::harness
