// SPDX-License-Identifier: MIT
//
// A pool whose bound is lowered while it works.
#include "reactors/thread_pool.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <iterator>
#include <memory>
#include <thread>

#include "reactors/registry.h"

namespace loopmark {
namespace {

auto threads() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return std::distance(begin(tasks), end(tasks));
}

void wait_until_there_are(std::ptrdiff_t count) {
  while (threads() > count) std::this_thread::yield();
}

/// Work that lasts until it is told to end.
class Work {
 public:
  void begin(Reactor& reactor) {
    reactor.call_in_thread([this] {
      has_begun_.set_value();
      end_.get_future().wait();
    });
  }
  void wait_for_begin() { has_begun_.get_future().wait(); }
  void end() { end_.set_value(); }

 private:
  std::promise<void> has_begun_, end_;
};

TEST(ThreadPools, EndThreadsAboveALowerBoundAndDoTheirWork) {
  const auto reactor = Registry::built_in().at("epoll").row->make();
  const std::ptrdiff_t others = threads();
  Work first, second, queued;
  reactor->call_when_running([&] {
    reactor->suggest_thread_pool_size(2);
    first.begin(*reactor);
    second.begin(*reactor);
    queued.begin(*reactor);
    first.wait_for_begin();
    second.wait_for_begin();
    reactor->suggest_thread_pool_size(1);
    first.end();
    wait_until_there_are(others + 1);  // the first one's thread has left the work to the other
    second.end();
    queued.wait_for_begin();
    queued.end();
    reactor->stop();
  });
  reactor->run();
}

TEST(ThreadPools, EndThreadsAboveALowerBoundThatHaveNoWork) {
  const auto reactor = Registry::built_in().at("epoll").row->make();
  const std::ptrdiff_t others = threads();
  Work first, second;
  reactor->call_when_running([&] {
    for (Work* const work : {&first, &second}) work->begin(*reactor);
    for (Work* const work : {&first, &second}) work->wait_for_begin();
    for (Work* const work : {&first, &second}) work->end();
    reactor->suggest_thread_pool_size(1);
    wait_until_there_are(others + 1);
    reactor->stop();
  });
  reactor->run();
}

TEST(ThreadPools, LetGoOfWorkThatAsksForThem) {
  auto reactor = Registry::built_in().at("epoll").row->make();
  const auto pool = reactor->thread_pool();
  bool asked = false;
  reactor->call_in_thread([held = std::shared_ptr<bool>(&asked, [pool](bool* has_asked) {
                             *has_asked = !pool->started();
                           })] { FAIL() << "there is no thread: " << *held; });
  reactor.reset();
  EXPECT_TRUE(asked);
}

}  // namespace
}  // namespace loopmark
