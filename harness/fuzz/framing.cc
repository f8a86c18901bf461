// SPDX-License-Identifier: MIT
//
// What comes through the pipe of a worker, in whatever pieces.
#include "harness/framing.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "harness/fuzz/fuzz_target.h"
#include "harness/result_line.h"

namespace loopmark::harness::fuzz {
namespace {

/// All results, and the refusals between them.
std::vector<std::string> read_in_pieces(std::string_view bytes, std::size_t piece) {
  ResultLines lines;
  std::vector<std::string> all;
  while (!bytes.empty()) {
    lines.feed(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    for (bool more = true; more;) {
      try {
        const std::optional<Json> result = lines.next();
        more = result.has_value();
        if (more) all.push_back(to_line(*result));
      } catch (const BadResultLine& error) {
        all.emplace_back(error.what());
        expect(all.back().find('\n') == std::string::npos, "a refusal is one line");
      }
    }
  }
  all.push_back(lines.rest());
  return all;
}

}  // namespace
}  // namespace loopmark::harness::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loopmark::harness;
  using namespace loopmark::harness::fuzz;
  const std::string_view bytes = text_of(data, size);
  const auto whole = read_in_pieces(bytes, size);
  expect(whole == read_in_pieces(bytes, 1 + size % 7), "pieces come to the same");
  const std::string_view line = bytes.substr(0, bytes.find('\n'));
  if (Json::accept(line)) read_in_pieces(result_line(line), 5);
  return 0;
}
