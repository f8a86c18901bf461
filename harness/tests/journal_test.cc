// SPDX-License-Identifier: MIT
#include "harness/journal.h"

#include <gmock/gmock.h>

#include "harness/tests/temporary_folder.h"

namespace loopmark::harness {
namespace {

using testing::HasSubstr;

constexpr std::string_view kSchema = "loopmark.test/1";

class Journals : public testing::Test {
 protected:
  void write_three() const {
    Journal journal(path_, kSchema);
    for (int i = 1; i <= 3; ++i) journal.append({{"number", i}});
  }
  JournalContent read() const { return read_journal(path_, kSchema); }
  std::string complaint(std::string_view schema = kSchema) const {
    try {
      read_journal(path_, schema);
    } catch (const JournalDamaged& error) {
      return error.what();
    }
    return "none";
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "test.ndjson";
};

TEST_F(Journals, GiveBackWhatWasAppendedInOrder) {
  write_three();
  const JournalContent content = read();
  EXPECT_EQ(content.header.at("schema"), kSchema);
  ASSERT_EQ(content.records.size(), 3U);
  EXPECT_EQ(content.records[2].at("number"), 3);
  EXPECT_FALSE(content.torn);
}

TEST_F(Journals, AreLinesOfJson) {
  write_three();
  std::istringstream lines(contents(path_));
  for (std::string line; std::getline(lines, line);) EXPECT_TRUE(Json::accept(line)) << line;
}

// Whatever the length at which a killed writer leaves the file: what is whole is kept, the rest is
// dropped and said.
TEST_F(Journals, LoseOnlyTheTornLastLine) {
  write_three();
  const std::string whole = contents(path_);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    overwrite(path_, whole.substr(0, length));
    const auto lines = std::count(whole.begin(), whole.begin() + static_cast<long>(length), '\n');
    const JournalContent content = read();
    EXPECT_EQ(content.records.size(), static_cast<std::size_t>(std::max(0L, lines - 1))) << length;
    EXPECT_EQ(content.torn, length > 0 && whole[length - 1] != '\n') << length;
  }
}

TEST_F(Journals, AreContinuedAfterATornLine) {
  write_three();
  const std::string whole = contents(path_);
  for (std::size_t length = 0; length < whole.size(); length += 7) {
    overwrite(path_, whole.substr(0, length));
    const std::size_t kept = read().records.size();
    Journal(path_, kSchema).append({{"number", 4}});
    const JournalContent content = read();
    EXPECT_FALSE(content.torn);
    ASSERT_EQ(content.records.size(), kept + 1) << length;
    EXPECT_EQ(content.records.back().at("number"), 4);
  }
}

TEST_F(Journals, NameFileAndLineOfDamage) {
  write_three();
  std::string text = contents(path_);
  text[text.find("\"number\":2") + 9] = '7';
  overwrite(path_, text);
  EXPECT_EQ(
      complaint(),
      path_.string() + ":3: the line was changed after it was written: its checksum is wrong");
}

TEST_F(Journals, RefuseLinesThatAreNoRecords) {
  write_three();
  overwrite(path_, contents(path_) + "hello\n");
  EXPECT_THAT(complaint(), HasSubstr(":5: the line is no record: \"hello\""));
}

TEST_F(Journals, OfAnotherSchemaAreRefusedAndLeftAsTheyAre) {
  write_three();
  const std::string before = contents(path_);
  EXPECT_THAT(
      complaint("loopmark.cells/1"),
      HasSubstr(":1: the line has schema \"loopmark.test/1\", expected \"loopmark.cells/1\""));
  EXPECT_THROW(Journal(path_, "loopmark.cells/1"), JournalDamaged);
  EXPECT_EQ(contents(path_), before);
}

TEST_F(Journals, ThatAreMissingAreSaidToBe) {
  EXPECT_THAT(complaint(), HasSubstr("no such file"));
}

}  // namespace
}  // namespace loopmark::harness
