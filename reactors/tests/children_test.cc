// SPDX-License-Identifier: MIT
//
// Children that end in unusual ways, and protocols that fail meanwhile.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "reactors/base/unique_fd.h"
#include "reactors/registry.h"
#include "reactors/services/processes.h"
#include "reactors/services/signals.h"
#include "reactors/tests/file_limit.h"

namespace loopmark {
namespace {

/// Notes what it is told, does what its function says, and stops the reactor at the end.
class Parent final : public ProcessProtocol {
 public:
  explicit Parent(Reactor& reactor) : reactor_(reactor) {}
  void connection_made() override { note("made"); }
  void child_data_received(int, std::string_view) override { note("data"); }
  void child_connection_lost(int number) override { note("lost " + std::to_string(number)); }
  void process_exited(const Failure& reason) override {
    end = reason;
    note("exited");
  }
  void process_ended(const Failure&) override {
    reactor_.stop();
    note("ended");
  }
  std::string log_prefix() const override { return "a parent"; }
  ProcessTransport& wire() { return *transport(); }

  std::function<void(const std::string& event)> on_event;
  std::vector<std::string> events;
  Failure end;

 private:
  void note(const std::string& event) {
    events.push_back(event);
    if (on_event) on_event(event);
  }

  Reactor& reactor_;
};

class Children : public testing::Test {
 protected:
  /// Runs `script`, with stdin and stdout as pipes.
  void spawn(const std::string& script) {
    query<ReactorProcess>(*reactor_).spawn_process(
        parent_, "/bin/sh", {"sh", "-c", script},
        {.descriptors = {{0, ParentWrites()}, {1, ParentReads()}}});
  }
  auto times(const std::string& event) const {
    return std::count(parent_->events.begin(), parent_->events.end(), event);
  }

  std::unique_ptr<Reactor> reactor_ = Registry::built_in().at("epoll").row->make();
  std::shared_ptr<Parent> parent_ = std::make_shared<Parent>(*reactor_);
};

TEST_F(Children, WhoseProtocolThrowsAreReportedUnderItsName) {
  std::vector<std::string> errors;
  reactor_->set_error_observer([&](const ErrorReport& report) {
    errors.push_back(report.context + ": " + report.failure.message());
  });
  parent_->on_event = [](const std::string& event) { throw std::runtime_error(event); };
  spawn("echo x");
  reactor_->run();
  EXPECT_EQ(errors.size(), parent_->events.size());
  for (const std::string& event : parent_->events)
    EXPECT_EQ(std::count(errors.begin(), errors.end(), "a parent: " + event), 1) << event;
}

TEST_F(Children, WhosePipeIsClosedArePausedAndResumedWithoutIt) {
  reactor_->call_when_running([&] {
    spawn("exec cat");
    parent_->wire().write("");
    parent_->wire().close_stdout();
    parent_->wire().pause_producing();
    parent_->wire().resume_producing();
    parent_->wire().close_stdin();
  });
  reactor_->run();
  EXPECT_EQ(times("data"), 0);
  EXPECT_EQ(times("lost 1"), 1);
  EXPECT_TRUE(parent_->end.is<ProcessDone>());
}

TEST_F(Children, WhoseChildHasInheritedAPipeEndWhenThatIsClosed) {
  parent_->on_event = [&](const std::string&) {
    if (times("exited") == 1 && times("lost 1") == 1) parent_->wire().close_stdin();
  };
  spawn("exec 3<&0; cat <&3 >/dev/null 2>&1 &");
  reactor_->run();
  EXPECT_EQ(parent_->events.size(), 5u);
  EXPECT_EQ(parent_->events.back(), "ended");
}

TEST_F(Children, ThatSomebodyElseHasReapedHaveEndedInAWayThatIsNotKnown) {
  spawn("exit 7");
  const pid_t pid = parent_->wire().pid().value();
  ASSERT_EQ(::waitpid(pid, nullptr, 0), pid);
  EXPECT_THROW(parent_->wire().signal_process(SIGTERM), ProcessExitedAlready);
  reactor_->run();
  EXPECT_TRUE(parent_->end.is<ProcessTerminated>());
  EXPECT_FALSE(parent_->wire().pid().has_value());
  EXPECT_THROW(parent_->wire().signal_process(SIGTERM), ProcessExitedAlready);
}

TEST_F(Children, LeavePipesThatCanStillBeAskedForTheirNames) {
  spawn("exit 0");
  const std::vector<std::shared_ptr<Descriptor>> pipes = reactor_->get_readers();
  reactor_->run();
  EXPECT_GE(pipes.size(), 2u);  // and what tells of the end
  for (const auto& pipe : pipes) EXPECT_FALSE(pipe->log_prefix().empty());
}

TEST_F(Children, ThatLiveAreNotTakenForOneOfWhichASignalTells) {
  reactor_->call_when_running([&] {
    spawn("exec cat");
    ::raise(SIGCHLD);
    EXPECT_THROW(parent_->wire().signal_process(999), std::system_error);
    reactor_->call_later(Duration::zero(), [&] { parent_->wire().close_stdin(); });
  });
  query<ReactorSignals>(*reactor_).run();
  EXPECT_TRUE(parent_->end.is<ProcessDone>());
}

TEST_F(Children, WhosePidfdIsRefusedAreReapedAllTheSame) {
  reactor_->call_later(Duration::zero(), [&] {
    query<ReactorProcess>(*reactor_).spawn_process(parent_, "/bin/true", {}, {.descriptors = {}});
    for (const auto& reader : reactor_->get_readers()) ::close(reader->fileno());
  });
  reactor_->run();
  EXPECT_TRUE(parent_->end.is<ProcessDone>());
}

// As where a process has many descriptors, and its loop is over select(2).
TEST(ChildrenWhosePidfdIsBeyondTheMechanism, AreReapedAllTheSame) {
  constexpr int kMost = FD_SETSIZE + 200;
  if (!FileLimit::can_be(kMost)) GTEST_SKIP() << "no number is beyond what select(2) can watch";
  const FileLimit higher(kMost);
  const auto reactor = Registry::built_in().at("select").row->make();
  const auto parent = std::make_shared<Parent>(*reactor);
  std::vector<UniqueFd> low;
  for (int next = 0; next < FD_SETSIZE - 1; next = low.back().get())
    low.emplace_back(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0));
  auto& processes = query<ReactorProcess>(*reactor);
  EXPECT_THROW(processes.spawn_process(parent, "/bin/true"), std::system_error);  // for its pipes
  EXPECT_THROW(query<ReactorSignals>(*reactor).run(), std::system_error);
  EXPECT_TRUE(processes.get_children().empty());
  processes.spawn_process(parent, "/bin/true", {}, {.descriptors = {}});
  EXPECT_TRUE(reactor->get_readers().empty());
  reactor->run();
  EXPECT_TRUE(parent->end.is<ProcessDone>());
}

}  // namespace
}  // namespace loopmark
