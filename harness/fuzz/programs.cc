// SPDX-License-Identifier: MIT
//
// The text form of random programs: what is accepted is written as it was read.
#include <stdexcept>

#include "conformance/programs/program.h"
#include "harness/fuzz/fuzz_target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loopmark::conformance::programs;
  using namespace loopmark::harness::fuzz;
  try {
    const Program program = parse(text_of(data, size));
    expect(parse(to_text(program)) == program, "a program is read as it is written");
    expect(program.empty() == (loopmark::conformance::programs::size(program) == 0),
           "actions are counted");
  } catch (const std::invalid_argument& error) {
    expect(std::string_view(error.what()).starts_with("line "), "a refusal names the line");
  }
  return 0;
}
