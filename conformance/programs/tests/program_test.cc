// SPDX-License-Identifier: MIT
#include "conformance/programs/program.h"

#include <gtest/gtest.h>

#include "conformance/programs/generator.h"
#include "conformance/programs/simpler.h"

namespace loopmark::conformance::programs {
namespace {

TEST(Program, IsReadAsItIsWritten) {
  const rc::Gen<Program> generator = any_program();
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Program program = generator(rc::Random(seed), 40).value();
    EXPECT_EQ(parse(to_text(program)), program) << "seed " << seed;
  }
}

TEST(Program, IsTheSameForTheSameSeed) {
  const rc::Gen<Program> generator = any_program();
  EXPECT_EQ(generator(rc::Random(7), 40).value(), generator(rc::Random(7), 40).value());
  EXPECT_NE(generator(rc::Random(7), 40).value(), generator(rc::Random(8), 40).value());
}

TEST(Program, IsSimplerByOneStep) {
  std::vector<std::string> texts;
  for (const Program& each : simpler(parse("connect 0\nrun\n  stop\n")))
    texts.push_back(to_text(each));
  EXPECT_EQ(texts, (std::vector<std::string>{"run\n  stop\n", "connect 0\n", "connect 0\nstop\n",
                                             "connect 0\nsettle 0\n", "connect 0\nrun\n"}));
}

std::string refusal(const char* text) {
  try {
    parse(text);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Program, RefusesBadTextWithItsLine) {
  EXPECT_EQ(refusal("stop\nfly 1\n"), "line 2: there is no action 'fly'");
  EXPECT_EQ(refusal("put 1\n"), "line 1: put takes 2 numbers, 0 to 1000000");
  EXPECT_EQ(refusal("put 1 -2\n"), "line 1: put takes 2 numbers, 0 to 1000000");
  EXPECT_EQ(refusal("stop 1\n"), "line 1: '1' is too much after stop");
  EXPECT_EQ(refusal("stop\n  crash\n"), "line 2: indented to no action that has a body");
  EXPECT_EQ(refusal("run\n   crash\n"), "line 2: indented to no action that has a body");
  EXPECT_EQ(refusal("# all is well\n\nrun\n  crash\n"), "accepted");
}

}  // namespace
}  // namespace loopmark::conformance::programs
