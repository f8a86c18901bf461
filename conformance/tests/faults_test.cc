// SPDX-License-Identifier: MIT
#include "conformance/faults.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <thread>

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
                           "receive:3:EINTR", "recv:3:EWHAT", "recv:1000000000:EINTR"}) {
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

/// Exits with 1 when `body` ends the process and is_ended_by_worker() says that this was the program itself, else with 2.
template <class Body>
void end_by(Body body) {
  remember_loaded();
  arm(nullptr);
  std::set_terminate(
      [] { std::_Exit(is_ended_by_worker(std::current_exception() != nullptr) ? 1 : 2); });
  std::thread(body).join();
}

void throw_one() {
  throw 1;
}

TEST(EndsDeathTest, OfAThreadThatThrowsAreItsOwn) {
  EXPECT_EXIT(end_by(throw_one), testing::ExitedWithCode(1), "");
}

TEST(EndsDeathTest, OfAThreadThatIsNotJoinedAreItsOwn) {
  EXPECT_EXIT(end_by([] { std::thread{[] {}}; }), testing::ExitedWithCode(1), "");
}

#ifndef __clang__  // whose functions call terminate() themselves, as this program does
TEST(EndsDeathTest, OfAFunctionThatLetsNothingOutAreNot) {
  EXPECT_EXIT(end_by([]() noexcept { throw_one(); }), testing::ExitedWithCode(2), "");
}
#endif

}  // namespace
}  // namespace loopmark::conformance::faults
