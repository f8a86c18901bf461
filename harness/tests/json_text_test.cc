// SPDX-License-Identifier: MIT
#include "harness/json_text.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace loopmark::harness {
namespace {

using std::string_literals::operator""s;

std::pair<std::string, std::size_t> refusal(const std::string& text) {
  try {
    read_json(text);
  } catch (const BadJson& error) {
    return {error.what(), error.byte};
  }
  return {"none", 0};
}

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

TEST(JsonText, IsReadAsItStands) {
  EXPECT_EQ(read_json(R"({"a":[1,"[[["]})"), (Json{{"a", {1, "[[["}}}));
  EXPECT_EQ(read_json("7"), 7);
}

TEST(JsonText, IsRefusedWithThePlace) {
  EXPECT_EQ(refusal("{\"a\":}"), std::pair("no JSON at byte 6"s, std::size_t{6}));
  EXPECT_EQ(refusal("").first, "no JSON at byte 1");
  EXPECT_EQ(refusal("\"\xff\"").first, "no JSON at byte 2");
  EXPECT_EQ(refusal("1e999").first, "a number in it is too large");
}

// A value as deep as that takes the stack when it is copied, or printed.
TEST(JsonText, IsRefusedWhereItIsNestedTooDeeply) {
  EXPECT_EQ(refusal(nested(64)).first, "none");
  EXPECT_EQ(refusal(nested(65)), std::pair("nested deeper than 64 at byte 64"s, std::size_t{64}));
  EXPECT_EQ(refusal(nested(1'000'000)).first, "nested deeper than 64 at byte 64");
  EXPECT_EQ(refusal("[\"" + nested(100) + "\", \"\\\"" + nested(100) + "\"]").first, "none");
}

TEST(JsonText, TellsTheReasonOfAnExceptionWithoutItsNumber) {
  try {
    static_cast<void>(Json::object().at("arm"));
    FAIL();
  } catch (const Json::exception& error) {
    EXPECT_EQ(reason_of(error), "key 'arm' not found");
  }
}

}  // namespace
}  // namespace loopmark::harness
