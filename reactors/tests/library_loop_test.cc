// SPDX-License-Identifier: MIT
//
// Each library's own loop does what library_loop.h says. Nothing here waits for a time to pass but for timers of a
// millisecond, and nothing is judged by the clock but that a timer is not early.
#include "reactors/library_loop.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "reactors/base/unique_fd.h"
#include "reactors/registry.h"

namespace loopmark {
namespace {

using std::chrono::milliseconds;

std::vector<const Backend*> rows_of_libraries() {
  static const Registry registry = Registry::standard();
  std::vector<const Backend*> rows;
  for (const Registry::Entry& entry : registry.entries()) {
    if (entry.row->make_library_loop != nullptr) rows.push_back(entry.row);
  }
  return rows;
}

class LibraryLoops : public testing::TestWithParam<const Backend*> {
 protected:
  using Function = std::function<void()>;

  LibraryLoops() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    here_.reset(ends[0]);
    there_.reset(ends[1]);
  }

  static void call(void* function) { (*static_cast<Function*>(function))(); }
  void* context(Function function) { return &functions_.emplace_back(std::move(function)); }

  void watch_read(int fd, Function f) { loop_->watch_read(fd, call, context(std::move(f))); }
  std::size_t add_timer(Function f) { return loop_->add_timer(call, context(std::move(f))); }

  void send() { ASSERT_EQ(::write(there_.get(), "x", 1), 1); }
  void take() {
    char byte;
    EXPECT_EQ(::read(here_.get(), &byte, 1), 1);
  }

  std::unique_ptr<LibraryLoop> loop_ = GetParam()->make_library_loop();
  UniqueFd here_;
  UniqueFd there_;
  std::deque<Function> functions_;
  int calls_ = 0;
};

// Where no library is built there is nothing to test; a build with libraries names them in CMakeLists.txt.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(LibraryLoops);
INSTANTIATE_TEST_SUITE_P(Libraries, LibraryLoops, testing::ValuesIn(rows_of_libraries()),
                         [](const auto& test) {
                           std::string name(test.param->name);
                           for (char& c : name) c = std::isalnum(c) ? c : '_';
                           return name;
                         });

TEST_P(LibraryLoops, AreOfTheMechanismThatTheRowNames) {
  EXPECT_NE(loop_->evidence().find(GetParam()->mechanism), std::string::npos) << loop_->evidence();
}

TEST_P(LibraryLoops, CallAgainForWhatWasLeftThere) {
  watch_read(here_.get(), [&] {
    take();
    if (++calls_ == 3) loop_->stop();
  });
  for (int i = 0; i < 3; ++i) send();
  loop_->run();
  EXPECT_EQ(calls_, 3);
}

TEST_P(LibraryLoops, WatchForWritingBesideReading) {
  void* const writable = context([&] {
    loop_->unwatch_write(here_.get());
    if (++calls_ == 3) loop_->stop();
    send();
  });
  watch_read(here_.get(), [&] {
    take();
    loop_->watch_write(here_.get(), call, writable);
  });
  send();
  loop_->run();
  EXPECT_EQ(calls_, 3);
}

TEST_P(LibraryLoops, WatchAnotherFileUnderTheSameNumber) {
  watch_read(here_.get(), [] { FAIL() << "of a file that is closed"; });
  loop_->unwatch_read(here_.get());
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const UniqueFd reader(ends[0]);
  const UniqueFd writer(ends[1]);
  ASSERT_EQ(::dup2(reader.get(), here_.get()), here_.get());
  watch_read(here_.get(), [&] {
    take();
    ++calls_;
    loop_->stop();
  });
  ASSERT_EQ(::write(writer.get(), "x", 1), 1);
  loop_->run();
  EXPECT_EQ(calls_, 1);
}

TEST_P(LibraryLoops, CallTimersOnceAndWhenTheyWereArmedForLast) {
  std::vector<int> order;
  const auto last = add_timer([&] {
    order.push_back(2);
    loop_->stop();
  });
  const auto first = add_timer([&] { order.push_back(1); });
  const auto disarmed = add_timer([&] { order.push_back(0); });
  EXPECT_EQ(last, 0u);
  EXPECT_EQ(disarmed, 2u);
  loop_->arm(disarmed, milliseconds(1));
  loop_->arm(first, std::chrono::hours(1));
  loop_->arm(last, milliseconds(30));
  loop_->arm(first, Duration::zero());
  loop_->disarm(disarmed);
  loop_->run();
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

TEST_P(LibraryLoops, CountADelayFromNowAlsoInACallback) {
  TimePoint armed;
  const auto second = add_timer([&] { loop_->stop(); });
  const auto first = add_timer([&] {
    const TimePoint began = Clock::now();
    while (Clock::now() - began < milliseconds(15)) {  // a callback that takes its time
    }
    armed = Clock::now();
    loop_->arm(second, milliseconds(12));
  });
  loop_->arm(first, Duration::zero());
  loop_->run();
  EXPECT_GE(Clock::now() - armed, milliseconds(12) - GetParam()->timer_resolution);
}

TEST_P(LibraryLoops, AreWokenByAnotherThread) {
  loop_->on_wake(call, context([&] {
                   ++calls_;
                   loop_->stop();
                 }));
  for (int round = 1; round <= 100; ++round) {
    std::thread other([this] { loop_->wake(); });
    loop_->run();
    other.join();
    EXPECT_EQ(calls_, round);
  }
}

TEST_P(LibraryLoops, ForgetAStopBeforeRun) {
  loop_->stop();
  watch_read(here_.get(), [&] {
    take();
    ++calls_;
    loop_->stop();
  });
  send();
  loop_->run();
  EXPECT_EQ(calls_, 1);
}

TEST_P(LibraryLoops, PollServesWhatIsReadyAndDoesNotWait) {
  watch_read(here_.get(), [&] {
    take();
    ++calls_;
  });
  loop_->poll();
  EXPECT_EQ(calls_, 0);
  for (int i = 0; i < 2; ++i) send();
  loop_->poll();
  EXPECT_EQ(calls_, 1);
  loop_->poll();
  EXPECT_EQ(calls_, 2);
  loop_->unwatch_read(here_.get());
  send();
  loop_->poll();
  EXPECT_EQ(calls_, 2);
}

}  // namespace
}  // namespace loopmark
