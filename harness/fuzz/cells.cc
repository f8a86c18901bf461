// SPDX-License-Identifier: MIT
//
// The records of cells.ndjson, and what is made of them.
#include "harness/fuzz/fuzz_target.h"
#include "harness/fuzz/sound_run.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loopmark::harness::fuzz;
  static SoundRun run;
  read_replaced(run, "cells", text_of(data, size));
  return 0;
}
