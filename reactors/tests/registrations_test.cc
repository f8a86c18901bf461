// SPDX-License-Identifier: MIT
//
// Registrations that end, or are made anew, while a wait's events are told; and numbers that change hands.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "reactors/base/check.h"
#include "reactors/base/unique_fd.h"
#include "reactors/descriptor.h"
#include "reactors/native/kernel_name.h"
#include "reactors/registry.h"
#include "reactors/tests/file_limit.h"

namespace loopmark {
namespace {

/// Counts what it is told, and does what its functions say. It owns no file descriptor.
class Watched final : public Descriptor {
 public:
  explicit Watched(const UniqueFd& fd) : number(fd.get()) {}
  int fileno() const override { return number; }
  Progress do_read() override { return called(reads, on_read); }
  Progress do_write() override { return called(writes, nullptr); }
  void connection_lost(const Failure&) override { called(losses, on_lost); }

  int number;
  std::function<void()> on_read;
  std::function<void()> on_lost;
  int reads = 0;
  int writes = 0;
  int losses = 0;

 private:
  static Progress called(int& times, const std::function<void()>& then) {
    ++times;
    if (then) then();
    return Progress::more();
  }
};

std::pair<UniqueFd, UniqueFd> socket_pair() {
  int ends[2];
  check_call(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), "socketpair");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

void put_byte(const UniqueFd& to) {
  ASSERT_EQ(::write(to.get(), "x", 1), 1);
}

/// The process's only descriptor of that kind.
int number_of(const std::string& kind) {
  for (int fd = 0; fd < 1000; ++fd) {
    if (kernel_name(fd) == kind) return fd;
  }
  ADD_FAILURE() << "there is no " << kind;
  return -1;
}

/// Closes a number that is somebody else's; the file is there again, under the same number, when this has gone.
class ClosedForAWhile {
 public:
  explicit ClosedForAWhile(int number)
      : number_(number), kept_(check_call(::fcntl(number, F_DUPFD_CLOEXEC, 500), "fcntl")) {
    ::close(number);
  }
  ~ClosedForAWhile() { ::dup2(kept_.get(), number_); }
  ClosedForAWhile(const ClosedForAWhile&) = delete;
  ClosedForAWhile& operator=(const ClosedForAWhile&) = delete;

 private:
  const int number_;
  const UniqueFd kept_;
};

class Registrations : public testing::TestWithParam<const char*> {
 protected:
  void pass() { reactor_->iterate(Duration::zero()); }

  std::unique_ptr<Reactor> reactor_ = Registry::built_in().at(GetParam()).row->make();
};

INSTANTIATE_TEST_SUITE_P(Native, Registrations, testing::Values("select", "poll", "epoll"),
                         [](const auto& test) { return std::string(test.param); });

TEST_P(Registrations, ThatAreRefusedAndHaveEndedMeanwhileAreNotLost) {
  auto [first, second] = socket_pair();
  const auto one = std::make_shared<Watched>(first);
  const auto other = std::make_shared<Watched>(second);
  one->on_lost = [&] { reactor_->remove_writer(*other); };
  other->on_lost = [&] { reactor_->remove_writer(*one); };
  reactor_->add_writer(one);
  reactor_->add_writer(other);
  first.reset();
  second.reset();
  for (int i = 0; i < 3; ++i) pass();
  EXPECT_EQ(one->losses + other->losses, 1);
  EXPECT_TRUE(reactor_->get_writers().empty());
}

/// One whose file lives on under another number, and has data, and one that is watched besides.
class Leftovers {
 public:
  explicit Leftovers(Reactor& reactor) {
    reactor.add_reader(ended);
    reactor.add_reader(other);
    reactor.iterate(Duration::zero());
    reactor.remove_reader(*ended);
    ends_.first
        .reset();  // epoll(7) goes on telling of the file, and nobody can take that out any more
    put_byte(ends_.second);
  }
  void put_byte_to_other() { put_byte(other_ends_.second); }

 private:
  std::pair<UniqueFd, UniqueFd> ends_ = socket_pair(), other_ends_ = socket_pair();
  const UniqueFd copy_{check_call(::dup(ends_.first.get()), "dup")};

 public:
  const std::shared_ptr<Watched> ended = std::make_shared<Watched>(ends_.first);
  const std::shared_ptr<Watched> other = std::make_shared<Watched>(other_ends_.first);
};

TEST_P(Registrations, WhoseFileLivesOnUnderAnotherNumberDoNotDisturbOthers) {
  Leftovers left(*reactor_);
  for (int i = 0; i < 3; ++i) pass();
  left.put_byte_to_other();
  pass();
  EXPECT_EQ(left.ended->reads, 0);
  EXPECT_EQ(left.other->reads, 1);
}

TEST_P(Registrations, MadeAnewInAPassGetNothingOfItsReadiness) {
  const auto [near, far] = socket_pair();
  const auto reader = std::make_shared<Watched>(near);
  const auto writer = std::make_shared<Watched>(near);
  const auto next = std::make_shared<Watched>(near);
  reader->on_read = [&] {
    reactor_->remove_reader(*reader);
    reactor_->remove_writer(*writer);
    reactor_->add_writer(next);
  };
  reactor_->add_reader(reader);
  reactor_->add_writer(writer);
  put_byte(far);
  pass();
  EXPECT_EQ(reader->reads, 1);
  EXPECT_EQ(writer->writes, 0);
  EXPECT_EQ(next->writes, 0);
  pass();
  EXPECT_EQ(next->writes, 1);
}

TEST_P(Registrations, OfANumberThatHasChangedHandsGoToTheNewOwner) {
  const auto [near, far] = socket_pair();
  const auto reader = std::make_shared<Watched>(near);
  const auto writer = std::make_shared<Watched>(near);
  const auto next = std::make_shared<Watched>(near);
  reactor_->add_reader(reader);
  reactor_->add_writer(writer);
  reader->number = writer->number = -1;  // closed behind the reactor's back
  reactor_->add_reader(next);
  EXPECT_EQ(reader->losses, 1);
  EXPECT_EQ(writer->losses, 1);
  put_byte(far);
  pass();
  EXPECT_EQ(next->reads, 1);
}

TEST_P(Registrations, OfTheLoopsOwnDescriptorAreMadeAgainUntilTheyAreTaken) {
  int errors = 0;
  reactor_->set_error_observer([&](const ErrorReport& report) {
    ++errors;
    EXPECT_TRUE(report.failure.message().starts_with("the loop cannot be woken"));
  });
  {
    const ClosedForAWhile closed(number_of("anon_inode:[eventfd]"));
    pass();
  }
  pass();
  EXPECT_EQ(errors, 1);
  bool called = false;
  std::thread other([&] { reactor_->call_from_thread([&] { called = true; }); });
  reactor_->iterate(kNever);  // which ends when it is woken
  other.join();
  pass();
  EXPECT_TRUE(called);
}

// select(2) does not tell that one hung up from that it can be read.
TEST(RegistrationsThatHungUp, DoNotEndTheOnesThatReplaceThem) {
  for (const char* const name : {"poll", "epoll"}) {
    const auto reactor = Registry::built_in().at(name).row->make();
    int ends[2];
    check_call(::pipe2(ends, O_CLOEXEC), "pipe2");
    const UniqueFd reading(ends[0]);
    ::close(ends[1]);
    const auto old = std::make_shared<Watched>(reading);
    const auto next = std::make_shared<Watched>(reading);
    old->on_lost = [&] { reactor->add_reader(next); };
    reactor->add_reader(old);
    reactor->iterate(Duration::zero());
    EXPECT_EQ(old->losses, 1) << name;
    EXPECT_EQ(next->losses, 0) << name;
    reactor->iterate(Duration::zero());
    EXPECT_EQ(next->losses, 1) << name;
  }
}

TEST(Evidence, HasTheNumberWhereTheKernelHasNoName) {
  const auto reactor = Registry::built_in().at("epoll").row->make();
  const int number = number_of("anon_inode:[eventpoll]");
  const ClosedForAWhile closed(number);
  EXPECT_EQ(reactor->evidence(), "epoll_wait on fd " + std::to_string(number));
}

TEST_P(Registrations, WhoseFileLivesOnUnderAnotherNumberNeedNoDescriptorMore) {
  Leftovers left(*reactor_);
  const UniqueFd in_its_place(check_call(::dup(STDIN_FILENO), "dup"));
  left.put_byte_to_other();
  const FileLimit none_left(lowest_free_number());
  for (int i = 0; i < 3; ++i) pass();
  EXPECT_EQ(left.other->reads, 3);
}

}  // namespace
}  // namespace loopmark
