// SPDX-License-Identifier: MIT
#include "conformance/faults.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace loopmark::conformance::faults {
namespace {

TEST(Faults, AreReadAsTheyAreWritten) {
  const Fault fault = parse("recv:3:EINTR");
  EXPECT_EQ(fault.call, Call::kRecv);
  EXPECT_EQ(fault.number, 3U);
  EXPECT_EQ(fault.error, EINTR);
  EXPECT_EQ(parse("new:1:bad_alloc").error, kBadAlloc);
  EXPECT_EQ(parse("send:12:short").error, kShort);
}

TEST(Faults, ThatAreNoneAreRefused) {
  for (const char* text : {"", "recv", "recv:3", "recv:0:EINTR", "recv:x:EINTR", "recv:3x:EINTR",
                           "receive:3:EINTR", "recv:3:EWHAT"}) {
    EXPECT_THROW(parse(text), std::invalid_argument) << text;
  }
}

TEST(Faults, HaveNamesForAllCallsAndErrors) {
  for (int i = 0; i < static_cast<int>(Call::kCount); ++i) {
    const auto call = static_cast<Call>(i);
    EXPECT_EQ(call_named(name_of(call)), call);
  }
  for (const int error : kErrors) {
    EXPECT_EQ(error_named(name_of_error(error)), error);
    EXPECT_TRUE(Errors{error}.has(error));
    EXPECT_TRUE(Errors{error}.without(error).empty());
  }
}

TEST(Faults, AreNotMetByCallsOfTheProgramItself) {
  remember_loaded();
  const Fault fault = parse("read:1:EINTR");
  arm(&fault);
  EXPECT_EQ(strike(Call::kRead, __builtin_return_address(0), {EINTR}), kNone);
  EXPECT_FALSE(struck());
  disarm();
}

}  // namespace
}  // namespace loopmark::conformance::faults
