// SPDX-License-Identifier: MIT
#include "harness/profile.h"

#include <gmock/gmock.h>
#include <signal.h>

#include "harness/profile_table.h"
#include "harness/result_line.h"

namespace loopmark::harness {
namespace {

using testing::HasSubstr;
using testing::Not;

const SubjectInfo kSubject{.id = "closed",
                           .topic = "descriptors",
                           .question = "What follows?",
                           .answers = {"silent", "aborts"},
                           .contract = "silent",
                           .clauses = {"FD-ERR-08"}};

BackendInfo backend(const std::string& name, const std::string& version = "1.0") {
  BackendInfo made;
  made.name = name;
  made.library = name.substr(0, name.find('/'));
  made.runtime_version = version;
  return made;
}

ProfileCell judged(const WorkerOutcome& outcome) {
  static const BackendInfo kBackend = backend("libx/epoll");
  ProfileCell cell{.subject = &kSubject, .backend = &kBackend};
  judge(cell, outcome);
  return cell;
}

using End = WorkerOutcome::End;

WorkerOutcome ended(End end, int code, std::string results, std::string errors = "") {
  WorkerOutcome outcome;
  outcome.end = end;
  outcome.code = code;
  outcome.results = std::move(results);
  outcome.errors = std::move(errors);
  return outcome;
}

const std::string kBegun = result_line(R"({"done":"close","source":"x.h"})");

TEST(Profile, TakesTheWorkersAnswer) {
  const ProfileCell cell = judged(
      ended(End::kExited, 0, kBegun + result_line(R"({"answer":"silent","seen":"nothing"})")));
  EXPECT_EQ(cell.answer, "silent");
  EXPECT_EQ(cell.done, "close");
  EXPECT_EQ(cell.seen, "nothing");
  EXPECT_EQ(cell.source, "x.h");
  EXPECT_FALSE(cell.is_failure);
}

TEST(Profile, TakesAnAbortForAnAnswerWhereTheSubjectHasIt) {
  const ProfileCell cell = judged(
      ended(End::kSignalled, SIGABRT, kBegun, "first\nloopmark-profile: x.c:7: Assertion\n"));
  EXPECT_EQ(cell.answer, "aborts");
  EXPECT_FALSE(cell.is_failure);
  EXPECT_THAT(cell.seen, HasSubstr("SIGABRT"));
  EXPECT_THAT(cell.seen, HasSubstr("it said: x.c:7: Assertion"));
}

TEST(Profile, TakesNoOtherEndForAnAnswer) {
  const std::string answer = result_line(R"({"answer":"silent","seen":"nothing"})");
  for (const WorkerOutcome& outcome :
       {ended(End::kSignalled, SIGSEGV, kBegun), ended(End::kSignalled, SIGSEGV, kBegun + answer),
        ended(End::kTimedOut, 0, kBegun), ended(End::kExited, 1, kBegun),
        ended(End::kExited, 1, kBegun + answer), ended(End::kExited, 0, kBegun),
        ended(End::kExited, 0, "rubbish\n")}) {
    const ProfileCell cell = judged(outcome);
    EXPECT_TRUE(cell.is_failure) << describe(outcome);
    EXPECT_EQ(cell.answer, kUnanswered);
  }
}

class ProfileTable : public testing::Test {
 protected:
  ProfileCell cell(const BackendInfo& of, const std::string& answer) const {
    return {.subject = &kSubject,
            .backend = &of,
            .answer = answer,
            .done = "close()",
            .seen = "it was " + answer};
  }

  BackendInfo epoll_ = backend("libx/epoll");
  BackendInfo poll_ = backend("libx/poll");
  BackendInfo newer_ = backend("libx/epoll", "2.0");
};

TEST_F(ProfileTable, JoinsMechanismsThatAnswerAlike) {
  const std::string text = markdown_profile({cell(epoll_, "silent"), cell(poll_, "silent")});
  EXPECT_THAT(text, HasSubstr("| Subject | libx 1.0 | our contract |"));
  EXPECT_THAT(text, HasSubstr("| What follows? `closed` | silent | silent (FD-ERR-08) |"));
  EXPECT_THAT(text, HasSubstr("- `closed`, libx 1.0: close(): it was silent\n"));
}

TEST_F(ProfileTable, TellsApartMechanismsThatDoNot) {
  const std::string text = text_profile({cell(epoll_, "silent"), cell(poll_, "aborts")}, true);
  EXPECT_THAT(text, HasSubstr("silent: epoll; aborts: poll"));
  EXPECT_THAT(text, HasSubstr("closed, libx 1.0 (poll): close(): it was aborts\n"));
}

TEST_F(ProfileTable, HasAColumnForEachVersion) {
  const std::string text = text_profile({cell(epoll_, "silent"), cell(newer_, "aborts")}, false);
  EXPECT_THAT(text, HasSubstr("libx 1.0  libx 2.0"));
  EXPECT_THAT(text, Not(HasSubstr("close()")));
}

TEST_F(ProfileTable, HasAllOfItAsJson) {
  const Json json = profile_json({cell(epoll_, "silent"), cell(poll_, "aborts")});
  EXPECT_EQ(json.at("schema"), "loopmark.profile/1");
  EXPECT_EQ(json.at("subjects").size(), 1U);
  EXPECT_EQ(json.at("backends").size(), 2U);
  EXPECT_EQ(json.at("answers").at(1).at("answer"), "aborts");
}

}  // namespace
}  // namespace loopmark::harness
