// SPDX-License-Identifier: MIT
//
// The function that libFuzzer calls with inputs it makes up, and replay_test.cc with the stored ones. It returns 0. It
// must not crash, and aborts where it finds that something else than a refusal came of an input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace loopmark::harness::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// `holds` is what the input was to show.
inline void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "not as it must be: %s\n", what);
  std::abort();
}

}  // namespace loopmark::harness::fuzz
