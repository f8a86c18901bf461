// SPDX-License-Identifier: MIT
//
// Blessed.json.
#include "harness/fuzz/fuzz_target.h"
#include "harness/fuzz/sound_run.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loopmark::harness::fuzz;
  static SoundRun run;
  read_replaced(run, "blessed", text_of(data, size));
  return 0;
}
