// SPDX-License-Identifier: MIT
#include "harness/worker_process.h"

#include <gmock/gmock.h>
#include <signal.h>

#include <filesystem>
#include <fstream>

#include "harness/build_info.h"
#include "harness/framing.h"
#include "harness/result_line.h"
#include "harness/verdict.h"

namespace loopmark::harness {
namespace {

using testing::HasSubstr;
using End = WorkerOutcome::End;

constexpr Duration kAmple = std::chrono::seconds(60);
constexpr Duration kShort = std::chrono::milliseconds(300);

WorkerCommand behaving(const std::string& name, Duration limit = kAmple) {
  return {
      .arguments = {LOOPMARK_FAKE_WORKER, "--backend", "fake/bad", "--case", "FD-ADD-01/" + name,
                    "--result-fd", std::to_string(kResultFd), "--test", std::to_string(::getpid())},
      .time_limit = limit,
      .traced_on_timeout = false,
      .memory_limit = std::uint64_t{512} << 20};
}

WorkerOutcome shell(const std::string& script, Duration limit = kAmple) {
  return run_worker(
      {.arguments = {"/bin/sh", "-c", script}, .time_limit = limit, .traced_on_timeout = false});
}

/// How many processes there are that this test has started, or that these have: their arguments
/// tell.
int left_over() {
  using namespace std::string_literals;
  const std::string ours = "--test\0"s + std::to_string(::getpid()) + "\0"s;
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream file(entry.path() / "cmdline", std::ios::binary);
    const std::string line((std::istreambuf_iterator<char>(file)), {});
    count += line.ends_with(ours);
  }
  return count;
}

/// What a misbehaving worker has to come to: a verdict, and a cause that names what it did.
struct Misbehaviour {
  const char* name;
  Verdict verdict;
  const char* cause;
};

void PrintTo(const Misbehaviour& each, std::ostream* out) {
  *out << each.name;
}

class HostileWorkers : public testing::TestWithParam<Misbehaviour> {};

TEST_P(HostileWorkers, BecomeACellWithItsCause) {
  const Misbehaviour& expected = GetParam();
  if (std::string_view(expected.name) == "EatsMemory" && kSanitizer[0] != '\0') {
    GTEST_SKIP() << "sanitizers cannot run under a limit on memory";
  }
  const Duration limit = expected.verdict == Verdict::kTimeout ? kShort : kAmple;
  const CaseOutcome outcome = judge_worker(run_worker(behaving(expected.name, limit)));
  EXPECT_EQ(word(outcome.verdict), word(expected.verdict));
  EXPECT_THAT(outcome.message, HasSubstr(expected.cause));
  EXPECT_EQ(left_over(), 0);
}

constexpr Misbehaviour kMisbehaviours[] = {
    {"Segv", Verdict::kCrash, "SIGSEGV"},
    {"Abort", Verdict::kCrash, "SIGABRT"},
    {"StackOverflow", Verdict::kCrash, "SIGSEGV"},
    {"ExitsEarly", Verdict::kCrash, "exited with status 0 without a result"},
    {"ExitsWithSeven", Verdict::kCrash, "exited with status 7 after the verdict 'pass'"},
    {"LiesAboutFailing", Verdict::kCrash, "exited with status 0 after the verdict 'fail'"},
    {"ClaimsToDeviate", Verdict::kCrash, "claims the verdict 'deviates'"},
    {"Spins", Verdict::kTimeout, "did not end within"},
    {"Lingers", Verdict::kPass, ""},
    {"Escapes", Verdict::kPass, ""},
    {"ClosesDescriptors", Verdict::kCrash, "without a result"},
    {"WritesGarbage", Verdict::kCrash, "a line that is no result"},
    {"TellsTwice", Verdict::kCrash, "with more than one result"},
    {"TellsHalf", Verdict::kCrash, "in the middle of a result line"},
    {"Forges", Verdict::kCrash, "wrong checksum"},
    {"EatsMemory", Verdict::kCrash, "bad_alloc"},
};
INSTANTIATE_TEST_SUITE_P(, HostileWorkers, testing::ValuesIn(kMisbehaviours),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(Workers, ThatPassAndFailAreBelieved) {
  EXPECT_EQ(judge_worker(run_worker(behaving("Passes"))).verdict, Verdict::kPass);
  const CaseOutcome failed = judge_worker(run_worker(behaving("Fails")));
  EXPECT_EQ(failed.verdict, Verdict::kFail);
  EXPECT_EQ(failed.message, "1 callback was made, expected 0");
  EXPECT_THAT(failed.log, testing::ElementsAre("added", "ready"));
}

TEST(Workers, OutputIsKeptToItsEnd) {
  WorkerCommand command{
      .arguments = {"/bin/sh", "-c",
                    "i=0; while [ $i -lt 2000 ]; do i=$((i+1)); echo line $i; done"},
      .kept_output = 100};
  const WorkerOutcome outcome = run_worker(command);
  EXPECT_EQ(outcome.output.size(), 100U);
  EXPECT_TRUE(outcome.output.ends_with("line 2000\n"));
}

TEST(Workers, ThatCannotBeExecutedSayWhy) {
  const WorkerOutcome outcome = run_worker({.arguments = {"/nonexistent/worker"}});
  EXPECT_EQ(describe(outcome), "exited with status 127");
  EXPECT_EQ(outcome.errors, "/nonexistent/worker cannot be executed: No such file or directory\n");
}

TEST(Workers, MayBeKilledByASignalWithoutAName) {
  EXPECT_EQ(describe(shell("kill -TERM $$")), "was killed by SIGTERM (Terminated)");
  EXPECT_EQ(describe(shell("kill -40 $$")), "was killed by signal 40");
}

TEST(Workers, StartWithACleanSlate) {
  ::signal(SIGUSR1, SIG_IGN);
  sigset_t blocked;
  sigset_t before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &blocked, &before);
  const UniqueFd inherited(::dup(STDERR_FILENO));  // not close-on-exec
  const WorkerOutcome outcome =
      shell("grep -E 'Sig(Blk|Ign)' /proc/self/status; ls /proc/self/fd; ulimit -c");
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  ::signal(SIGUSR1, SIG_DFL);
  EXPECT_EQ(
      outcome.output,
      "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n0\n1\n2\n3\n4\n0\n");  // 4 is the
                                                                                    // listing's own
}

TEST(Workers, LeadASessionOfTheirOwn) {
  const WorkerOutcome outcome = shell("exec cut -d ' ' -f 1,5,6 /proc/self/stat");
  std::istringstream fields(outcome.output);
  pid_t process = 0;
  pid_t group = 0;
  pid_t session = 0;
  fields >> process >> group >> session;
  EXPECT_GT(process, 0);
  EXPECT_EQ(group, process);
  EXPECT_EQ(session, process);
}

TEST(Workers, ThatHangAreTracedBeforeTheyAreKilled) {
  WorkerCommand command = behaving("Spins", kShort);
  command.traced_on_timeout = true;
  const WorkerOutcome outcome = run_worker(command);
  EXPECT_EQ(outcome.end, End::kTimedOut);
  const bool stack = outcome.stacks.find("spin") != std::string::npos;
  const bool excused = outcome.stacks.find("no stacks: ") == 0 &&
                       outcome.stacks.find("thread ") != std::string::npos;
  EXPECT_TRUE(stack || excused) << outcome.stacks;
}

TEST(Workers, AreKilledWithTheObject) {
  { const WorkerProcess worker(behaving("Spins")); }
  EXPECT_EQ(left_over(), 0);
}

/// Serves `worker` until it has told a result.
Json next_result(WorkerProcess& worker, ResultLines& lines) {
  for (;;) {
    lines.feed(worker.take_results());
    if (const auto result = lines.next()) return *result;
    worker.wait();
    if (worker.ended()) throw std::runtime_error(describe(worker.outcome()));
  }
}

TEST(Workers, MayTakeCommands) {
  const std::string answer = result_line("{}");
  WorkerProcess worker(
      {.arguments = {"/bin/sh", "-c", "while read word; do printf '" + answer + "' >&3; done"},
       .time_limit = kAmple,
       .takes_commands = true});
  ResultLines lines;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(worker.send("slot"));
    EXPECT_EQ(next_result(worker, lines), Json::object());
    worker.renew_time_limit(kAmple);
  }
}

TEST(Strays, AreKilledWithThoseThatTheyStarted) {
  WorkerProcess worker(
      {.arguments = {"/bin/sh", "-c",
                     "setsid sh -c 'setsid sleep 1000 & echo $!; sleep 1000' & sleep 1000"}});
  while (!worker.outcome().output.ends_with("\n")) worker.serve();
  const pid_t stray = std::stoi(worker.outcome().output);
  EXPECT_EQ(::kill(stray, 0), 0);
  ::kill(worker.pid(), SIGKILL);
  while (!worker.ended()) worker.serve();
  EXPECT_EQ(::kill(stray, 0), -1);
}

}  // namespace
}  // namespace loopmark::harness
