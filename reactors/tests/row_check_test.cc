// SPDX-License-Identifier: MIT
//
// What a module hands over is looked at before it is used.
#include "reactors/row_check.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace loopmark {
namespace {

std::unique_ptr<Reactor> make() {
  return nullptr;
}
std::string version() {
  return "1";
}

Backend sound_row() {
  return {.name = "libx/epoll",
          .alias = "libx",
          .description = "a row",
          .library = "libx",
          .mechanism = "epoll",
          .compiled_version = "1",
          .runtime_version = version,
          .timer_resolution = Duration(1),
          .make = make};
}

template <class Check>
std::string refusal(Check check) {
  try {
    check();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "none";
}

/// Of a row that is sound but for what `spoil` does to it.
template <class Spoil>
std::string refusal_of_row(Spoil spoil) {
  Backend row = sound_row();
  spoil(row);
  return refusal([&row] { check_row(row); });
}

TEST(RowCheck, LetsASoundRowPass) {
  EXPECT_EQ(refusal_of_row([](Backend&) {}), "none");
  EXPECT_EQ(refusal_of_row([](Backend& row) { row.alias = {}; }), "none");
}

TEST(RowCheck, RefusesTextsThatAreNone) {
  EXPECT_EQ(refusal_of_row([](Backend& row) {
              row.name = {nullptr, 3};
            }),
            "a row has a name that is null");
  EXPECT_EQ(refusal_of_row([](Backend& row) {
              row.mechanism = {nullptr, 3};
            }),
            "backend 'libx/epoll' has a mechanism that is null");
  EXPECT_EQ(refusal_of_row([](Backend& row) {
              row.description = {"x", std::size_t{1} << 40};
            }),
            "backend 'libx/epoll' has a description of 1099511627776 bytes, at most 4096 are "
            "allowed");
  EXPECT_EQ(refusal_of_row([](Backend& row) { row.library = "lib\x1b[31m"; }),
            "backend 'libx/epoll' has a library with a control character in it");
  EXPECT_EQ(refusal_of_row([](Backend& row) { row.left_to_chance = "one\ntwo"; }),
            "backend 'libx/epoll' has a sentence on what is left to chance with a control "
            "character in it");
}

TEST(RowCheck, RefusesOddNames) {
  for (const std::string_view name :
       {"", "/", "a/", "/a", "a/b/c", "Epoll", "../x", "a b", "e\xc3\xa9"}) {
    EXPECT_EQ(refusal_of_row([&](Backend& row) { row.name = name; }),
              "'" + std::string(name) + "' is no backend name: use a-z 0-9 _ + and at most one /");
  }
  EXPECT_EQ(refusal_of_row([](Backend& row) { row.alias = "libx/epoll"; }),
            "backend 'libx/epoll' is its own alias");
}

TEST(RowCheck, RefusesWhatIsMissingOrUnknown) {
  constexpr Deviation kUnknown{"TIME-01", static_cast<Deviates>(9), "so it is", "", ""};
  constexpr Deviation kNameless{"", Deviates::kFails, "so it is", "", ""};
  const std::string row = "backend 'libx/epoll' ";
  EXPECT_EQ(refusal_of_row([](Backend& b) { b.make = nullptr; }),
            row + "lacks make() or runtime_version()");
  EXPECT_EQ(refusal_of_row([](Backend& b) { b.runtime_version = nullptr; }),
            row + "lacks make() or runtime_version()");
  EXPECT_EQ(refusal_of_row([](Backend& b) { b.capabilities = static_cast<Capability>(64); }),
            row + "has a capability that there is not");
  EXPECT_EQ(refusal_of_row([](Backend& b) { b.timer_resolution = Duration(-1); }),
            row + "has a negative timer resolution");
  EXPECT_EQ(refusal_of_row([](Backend& b) {
              b.deviations = {static_cast<const Deviation*>(nullptr), 3};
            }),
            row + "has a list of deviations that is null or can be none");
  EXPECT_EQ(refusal_of_row([&](Backend& b) {
              b.deviations = {&kUnknown, 1};
            }),
            row + "deviates from TIME-01 in no known way");
  EXPECT_EQ(refusal_of_row([&](Backend& b) {
              b.deviations = {&kNameless, 1};
            }),
            row + "deviates from a clause without a name");
}

TEST(TableCheck, RefusesTablesThatAreNone) {
  const Backend row = sound_row();
  const auto refused = [](const Module& table) { return refusal([&] { check_table(&table); }); };
  EXPECT_EQ(refused({.rows = &row, .row_count = 1}), "none");
  EXPECT_EQ(refusal([] { check_table(nullptr); }),
            "its entry function returned null; return a table of rows");
  EXPECT_EQ(refused({.rows = nullptr, .row_count = 1}),
            "its table has no rows; list at least one backend");
  EXPECT_EQ(refused({.rows = &row, .row_count = 0}),
            "its table has no rows; list at least one backend");
  EXPECT_EQ(refused({.rows = &row, .row_count = 100'000}),
            "its table has 100000 rows, at most 1000 are allowed");
  EXPECT_NE(refused({.interface = 99, .rows = &row, .row_count = 1}), "none");
  EXPECT_NE(refused({.row_size = 8, .rows = &row, .row_count = 1}), "none");
}

}  // namespace
}  // namespace loopmark
