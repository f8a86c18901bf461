// SPDX-License-Identifier: MIT
//
// A journal as it stands on the disk: envelopes, checksums, gzip.
#include "harness/fuzz/fuzz_target.h"
#include "harness/fuzz/sound_run.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loopmark::harness::fuzz;
  static SoundRun run;
  read_replaced(run, "journal", text_of(data, size));
  return 0;
}
