// SPDX-License-Identifier: MIT
#include "harness/fault_sweep.h"

#include <gmock/gmock.h>

#include "harness/executables.h"
#include "harness/exit_code.h"
#include "harness/fault_report.h"
#include "harness/result_line.h"

namespace loopmark::harness {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

BackendInfo backend(const std::string& name, const std::string& library) {
  BackendInfo row;
  row.name = name;
  row.library = library;
  return row;
}

CaseInfo test_case() {
  CaseInfo test;
  test.clause = "FD-READ-01";
  test.name = "Case";
  return test;
}

const BackendInfo kOurs = backend("epoll", "loopmark");
const CaseInfo kCase = test_case();
const Fault kFault{{&kOurs, &kCase}, "recv", 3, "EINTR"};

/// A worker that came to `verdict`, and said this of its fault, and `more`.
WorkerOutcome worker(const std::string& verdict, Json fault, const Json& more = Json::object()) {
  Json result{{"verdict", verdict}, {"message", "seen"}, {"fault", fault}};
  result.update(more);
  WorkerOutcome outcome;
  outcome.code = verdict == "pass" ? 0 : 1;
  outcome.results = result_line(to_line(result));
  return outcome;
}

Json fault_said(const std::string& told = "") {
  return {{"met", true}, {"told", told}, {"stated", ""}};
}

WorkerOutcome left_by(const std::string& verdict, Json left) {
  return worker(verdict, fault_said("recv: EINTR"), {{"left", left}});
}

std::vector<std::string> texts(const std::vector<Fault>& faults) {
  std::vector<std::string> all;
  for (const Fault& fault : faults) all.push_back(fault.text());
  return all;
}

TEST(FaultSweep, TellsOutcomesApart) {
  EXPECT_EQ(judge_fault(kFault, worker("pass", fault_said())).outcome, FaultOutcome::kRecovered);
  EXPECT_EQ(judge_fault(kFault, worker("fail", fault_said("recv: EINTR"))).outcome,
            FaultOutcome::kReported);
  EXPECT_EQ(judge_fault(kFault, worker("fail", fault_said())).outcome, FaultOutcome::kSilent);
  EXPECT_EQ(judge_fault(kFault, worker("pass", {{"met", false}})).outcome, FaultOutcome::kMissed);
}

TEST(FaultSweep, TakesASpinForAHangWhoeverWasTold) {
  for (const char* told : {"", "recv: EINTR"}) {
    const WorkerOutcome spun = worker("fail", fault_said(told), {{"spins", true}});
    EXPECT_EQ(judge_fault(kFault, spun).outcome, FaultOutcome::kHang) << told;
  }
}

TEST(FaultSweep, TakesABrokenPromiseForOneWhateverTheCaseSays) {
  for (const char* verdict : {"pass", "fail"}) {
    const FaultResult result = judge_fault(
        kFault, worker(verdict, fault_said("recv: EINTR"), {{"broken", "called twice"}}));
    EXPECT_EQ(result.outcome, FaultOutcome::kBroken);
    EXPECT_THAT(result.message, HasSubstr("broken: called twice"));
  }
  EXPECT_TRUE(is_bad(FaultOutcome::kBroken));
}

TEST(FaultSweep, TakesMoreThanIsLeftWithoutAFaultForALeak) {
  Fault fault = kFault;
  const Json left{{"descriptors", 1}, {"blocks", 2}, {"what", "descriptor 9 (socket)"}};
  const FaultResult leak = judge_fault(fault, left_by("fail", left));
  EXPECT_EQ(leak.outcome, FaultOutcome::kLeak);
  EXPECT_THAT(leak.message, HasSubstr("left over: 1 descriptors, 2 blocks: descriptor 9 (socket)"));

  fault.usual = std::make_shared<const Json>(left);
  EXPECT_EQ(judge_fault(fault, left_by("pass", left)).outcome, FaultOutcome::kRecovered);
  const FaultResult more = judge_fault(fault, left_by("pass", {{"descriptors", 1}, {"blocks", 3}}));
  EXPECT_EQ(more.outcome, FaultOutcome::kLeak);
  EXPECT_THAT(more.message, HasSubstr("left over: 1 blocks"));
  EXPECT_EQ(judge_fault(fault, left_by("pass", {{"blocks", 1}})).outcome, FaultOutcome::kRecovered);
}

TEST(FaultSweep, TakesLostAndDoubledDataForABrokenPromise) {
  const FaultResult result = judge_fault(kFault, left_by("pass", {{"bytes lost", 5}}));
  EXPECT_EQ(result.outcome, FaultOutcome::kBroken);
  EXPECT_THAT(result.message, HasSubstr("broken: 5 bytes lost"));
}

TEST(FaultSweep, RefusesAnAnswerOfOtherTypes) {
  for (const Json& more :
       {Json{{"left", {{"what", 7}}}}, Json{{"broken", 1}}, Json{{"fault", "x"}}}) {
    const FaultResult result = judge_fault(kFault, worker("pass", fault_said(), more));
    EXPECT_EQ(result.outcome, FaultOutcome::kCrash) << more;
    EXPECT_THAT(result.message, HasSubstr("malformed"));
  }
}

TEST(FaultSweep, KnowsACrash) {
  WorkerOutcome killed;
  killed.end = WorkerOutcome::End::kSignalled;
  killed.code = 6;
  EXPECT_EQ(judge_fault(kFault, killed).outcome, FaultOutcome::kCrash);
  EXPECT_EQ(judge_fault(kFault, WorkerOutcome{}).outcome, FaultOutcome::kCrash);
}

// Who was told and has no way to go on ends by itself (conformance/told_hang.h).
TEST(FaultSweep, ForgivesNoHangThoughItsErrorWasTold) {
  WorkerOutcome late;
  late.end = WorkerOutcome::End::kTimedOut;
  EXPECT_EQ(judge_fault(kFault, late).outcome, FaultOutcome::kHang);
  late.results = result_line(to_line({{"told", "recv: EINTR"}}));
  const FaultResult result = judge_fault(kFault, late);
  EXPECT_EQ(result.outcome, FaultOutcome::kHang);
  EXPECT_EQ(result.told, "recv: EINTR");
}

TEST(FaultSweep, SeesALeakOfMemory) {
  WorkerOutcome leaky = worker("pass", fault_said());
  leaky.code = 23;
  leaky.errors = "==1==ERROR: LeakSanitizer: detected memory leaks\n";
  EXPECT_EQ(judge_fault(kFault, leaky).outcome, FaultOutcome::kLeak);
}

TEST(FaultSweep, SaysHowToDoItAgain) {
  EXPECT_EQ(judge_fault(kFault, WorkerOutcome{}).reproduce,
            "loopmark faults -b epoll -k FD-READ-01/Case --fault recv:3:EINTR");
}

TEST(FaultSweep, ListsEachErrorOfEachCall) {
  const CallCount count{
      kFault.cell, {{"recv", {"EINTR", "short"}, 1, 2}, {"recv", {"EINTR"}, 3, 3}}, {}, ""};
  EXPECT_THAT(
      texts(faults_of(count, 100)),
      ElementsAre("recv:1:EINTR", "recv:1:short", "recv:2:EINTR", "recv:2:short", "recv:3:EINTR"));
}

TEST(FaultSweep, SpacesTheNumbersOfManyCallsEvenly) {
  const CallCount count{kFault.cell, {{"new", {"bad_alloc"}, 1, 1001}}, {}, ""};
  EXPECT_THAT(texts(faults_of(count, 3)),
              ElementsAre("new:1:bad_alloc", "new:501:bad_alloc", "new:1001:bad_alloc"));
}

TEST(FaultSweep, ReadsWhatAWorkerHasCounted) {
  const auto count_of = [](const Json& said) {
    return read_count(kFault.cell, worker("pass", Json::object(), said));
  };
  const Json calls{{{"call", "recv"}, {"errors", {"EINTR"}}, {"from", 2}, {"to", 3}}};
  const CallCount count = count_of({{"calls", calls}, {"left", {{"blocks", 4}}}});
  EXPECT_EQ(count.why, "");
  EXPECT_THAT(texts(faults_of(count, 100)), ElementsAre("recv:2:EINTR", "recv:3:EINTR"));
  EXPECT_EQ(faults_of(count, 100)[0].usual->at("blocks"), 4);
  const CallCount broken = count_of({{"broken", "called twice"}});
  EXPECT_EQ(broken.why, "");
  const FaultResult bad = broken_without_fault(broken);
  EXPECT_EQ(bad.outcome, FaultOutcome::kBroken);
  EXPECT_THAT(describe(bad), AllOf(HasSubstr("called twice"), Not(HasSubstr("--fault"))));
  EXPECT_THAT(count_of({{"calls", {{{"call", 7}}}}}).why, HasSubstr("malformed"));
  EXPECT_NE(read_count(kFault.cell, worker("fail", Json::object())).why, "");
}

TEST(FaultSweep, ReadsOneFault) {
  EXPECT_EQ(one_fault_of({kFault.cell, {}, {}, ""}, "recv:3:EINTR").text(), "recv:3:EINTR");
  for (const char* text :
       {"", "recv", "recv:3", "recv::EINTR", "recv:x:EINTR", "recv:1234567890:E"})
    EXPECT_THROW(one_fault_of({kFault.cell, {}, {}, ""}, text), UsageError) << text;
}

TEST(FaultSweep, ChoosesTheSameBySeed) {
  std::vector<Fault> faults;
  for (unsigned number = 1; number <= 1000; ++number) {
    faults.push_back(kFault);
    faults.back().number = number;
  }
  const std::vector<std::string> chosen = texts(choose_some(faults, 100, 7));
  EXPECT_EQ(chosen.size(), 100U);
  EXPECT_EQ(chosen, texts(choose_some(faults, 100, 7)));
  EXPECT_NE(chosen, texts(choose_some(faults, 100, 8)));
  EXPECT_EQ(choose_some(faults, 2000, 7).size(), 1000U);
}

TEST(FaultSweep, JudgesAllButWrappedLibraries) {
  EXPECT_TRUE(is_judged(kOurs));
  BackendInfo wrapped = backend("libev/epoll", "libev");
  wrapped.module = (program_folder() / "modules" / "libev.so").string();
  EXPECT_FALSE(is_judged(wrapped));
  wrapped.module = "/elsewhere/libmine.so";
  EXPECT_TRUE(is_judged(wrapped));
}

TEST(FaultSweep, WhatIsNoFaultIsAMistakeOfTheCallerAndNoCrash) {
  WorkerOutcome misused;
  misused.end = WorkerOutcome::End::kExited;
  misused.code = 2;
  misused.errors = "loopmark-cases: 'EWHAT' is no error of a call\n";
  EXPECT_THROW(judge_fault(kFault, misused), UsageError);
}

TEST(FaultReport, CountsByBackendAndByCall) {
  const std::string tables = fault_tables({judge_fault(kFault, worker("pass", fault_said())),
                                           judge_fault(kFault, worker("fail", fault_said()))});
  EXPECT_THAT(tables, HasSubstr("BACKEND  INJECTED  RECOVERED  REPORTED  SILENT"));
  EXPECT_THAT(tables, HasSubstr("recv  2         1          -         1"));
}

TEST(FaultReport, MakesACellOfEachCase) {
  const std::vector<CellResult> cells =
      as_cells({judge_fault(kFault, worker("pass", fault_said())),
                judge_fault(kFault, worker("fail", fault_said()))});
  ASSERT_EQ(cells.size(), 1U);
  EXPECT_EQ(cells[0].verdict, Verdict::kFail);
  EXPECT_EQ(cells[0].runs, 2);
  EXPECT_EQ(cells[0].passes, 1);
}

}  // namespace
}  // namespace loopmark::harness
