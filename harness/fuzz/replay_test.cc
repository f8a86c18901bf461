// SPDX-License-Identifier: MIT
//
// The stored inputs, through the functions that libFuzzer calls.
#include <gtest/gtest.h>

#include <cstdint>
#include <map>

#include "harness/fuzz/corpus.h"

#define FUZZ_TARGET(name) extern "C" int fuzz_##name(const std::uint8_t* data, std::size_t size);
#include "harness/fuzz/targets.inc"
#undef FUZZ_TARGET

namespace loopmark::harness::fuzz {
namespace {

using Target = int (*)(const std::uint8_t* data, std::size_t size);

const std::map<std::string, Target> kTargets{
#define FUZZ_TARGET(name) {#name, fuzz_##name},
#include "harness/fuzz/targets.inc"
#undef FUZZ_TARGET
};

TEST(Corpus, HasInputsForEveryTargetAndForNoOther) {
  std::map<std::string, int> bad;
  std::map<std::string, int> good;
  for (const StoredInput& input : stored_inputs(LOOPMARK_CORPUS)) {
    EXPECT_TRUE(kTargets.contains(input.target)) << input.target;
    EXPECT_TRUE(input.is_bad() || input.name.starts_with("good_")) << input.name;
    ++(input.is_bad() ? bad : good)[input.target];
  }
  int all_bad = 0;
  for (const auto& [target, function] : kTargets) {
    EXPECT_GT(good[target], 0) << target;
    EXPECT_GT(bad[target], 0) << target;
    all_bad += bad[target];
  }
  EXPECT_GE(all_bad, 40);
}

// An input of one target is noise for the others, and noise is what they must bear.
TEST(Corpus, IsBorneByEveryTarget) {
  const std::vector<StoredInput> inputs = stored_inputs(LOOPMARK_CORPUS);
  for (const auto& [target, function] : kTargets) {
    for (const StoredInput& input : inputs) {
      SCOPED_TRACE(target + " with " + input.target + "/" + input.name);
      const auto* const data = reinterpret_cast<const std::uint8_t*>(input.text.data());
      EXPECT_NO_THROW(EXPECT_EQ(function(data, input.text.size()), 0));
    }
  }
}

}  // namespace
}  // namespace loopmark::harness::fuzz
