// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>

#include "harness/build_info.h"
#include "harness/exact_pass.h"
#include "harness/executables.h"

namespace loopmark::bench {

/// A test that counts what real workers do. Without strace or valgrind it is skipped, unless they
/// must be there, as LOOPMARK_TOOLS=required says where scripts/setup has installed them.
class CountingTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* const tools = std::getenv("LOOPMARK_TOOLS");
    for (const harness::Counter& counter : pass_.counters) {
      if (counter.missing.empty()) continue;
      const bool required = tools != nullptr && std::string(tools) == "required";
      if (required && harness::kSanitizer[0] == '\0') {
        FAIL() << "no " << counter.name << ": " << counter.missing
               << ", though all that scripts/setup --test installs must be here";
      }
      GTEST_SKIP() << counter.name << ": " << counter.missing;
    }
  }

  harness::ExactPass pass_{.worker = harness::workload_worker(),
                           .counters = harness::exact_counters(),
                           .jobs = 2,
                           .append = [](const harness::Json&) {},
                           .progress = {}};
};

}  // namespace loopmark::bench
