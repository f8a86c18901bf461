// SPDX-License-Identifier: MIT
#include "bench/generator.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <thread>

#include "bench/descriptors.h"
#include "bench/workload.h"

namespace loopmark::bench {
namespace {

using namespace std::chrono_literals;

/// The next request of the stream; false when the stream is over.
bool next_request(int fd, Request& request) {
  auto* const bytes = reinterpret_cast<char*>(&request);
  for (std::size_t held = 0; held < sizeof request;) {
    pollfd waits{fd, POLLIN, 0};
    ::poll(&waits, 1, -1);
    const ssize_t count = ::read(fd, bytes + held, sizeof request - held);
    if (count == 0) return false;
    if (count > 0) held += static_cast<std::size_t>(count);
  }
  return true;
}

/// A generator that has found a fault reads no more: that is no fault of who answers.
void answer(int fd, const Request& request, std::size_t bytes = sizeof(Request)) {
  const ssize_t count = ::send(fd, &request, bytes, MSG_NOSIGNAL);
  EXPECT_TRUE(count == static_cast<ssize_t>(bytes) || errno == EPIPE || errno == ECONNRESET);
}

/// A generator with one stream, at whose other end `serve` runs in a thread of its own.
class GeneratorTest : public testing::Test {
 protected:
  void run(const SendPlan& plan, std::size_t window, const std::function<void(int)>& serve) {
    std::thread server([&] { serve(pair_.writer.get()); });
    generator_.run(plan, window);
    server.join();
  }

  DescriptorPair pair_ = make_pair(PairKind::kSocketpair);
  Generator generator_{{pair_.reader.get()}};
};

std::function<void(int)> echo(std::size_t count) {
  return [count](int fd) {
    Request request;
    for (std::size_t i = 0; i < count && next_request(fd, request); ++i) answer(fd, request);
  };
}

TEST_F(GeneratorTest, SendsNothingBeforeItsTime) {
  const SendPlan plan = poisson_plan(20'000, 300, 7);
  run(plan, 128, echo(plan.size()));
  ASSERT_NO_THROW(generator_.verify());
  ASSERT_EQ(generator_.passages().size(), plan.size());
  for (std::size_t k = 0; k < plan.size(); ++k) {
    const Passage& passage = generator_.passages()[k];
    EXPECT_EQ(passage.planned, plan[k].when);
    EXPECT_GE(passage.noticed, passage.planned);
    EXPECT_GE(passage.sent, passage.noticed);
    EXPECT_GE(passage.answered, passage.sent);
  }
}

TEST_F(GeneratorTest, SleepsThroughLongPausesAndIsNotEarly) {
  const SendPlan plan{{0ms}, {30ms}, {60ms}};
  run(plan, 1, echo(plan.size()));
  ASSERT_NO_THROW(generator_.verify());
  for (const Passage& passage : generator_.passages()) EXPECT_GE(passage.sent, passage.planned);
}

TEST_F(GeneratorTest, HasNoMoreUnderWayThanItsWindow) {
  constexpr std::size_t kWindow = 3;
  const SendPlan plan(30);
  run(plan, kWindow, [&](int fd) {
    for (std::size_t round = 0; round < plan.size() / kWindow; ++round) {
      Request requests[kWindow];
      for (Request& request : requests) ASSERT_TRUE(next_request(fd, request));
      // The generator has more to send, and does nothing else: it would be here in some round.
      pollfd waits{fd, POLLIN, 0};
      EXPECT_EQ(::poll(&waits, 1, 0), 0);
      for (const Request& request : requests) answer(fd, request);
    }
  });
  EXPECT_NO_THROW(generator_.verify());
}

TEST_F(GeneratorTest, IsNotLateItselfWhereTheWindowHoldsBack) {
  const SendPlan plan(2);
  run(plan, 1, echo(plan.size()));
  ASSERT_NO_THROW(generator_.verify());
  const Passage& first = generator_.passages()[0];
  const Passage& second = generator_.passages()[1];
  EXPECT_EQ(first.noticed, first.sent);
  EXPECT_LE(second.noticed, first.answered);
  EXPECT_GE(second.sent, first.answered);
}

TEST_F(GeneratorTest, UnderstandsAnswersInPieces) {
  const SendPlan plan(20);
  run(plan, 1, [&](int fd) {
    Request request;
    for (std::size_t i = 0; i < plan.size() && next_request(fd, request); ++i) {
      answer(fd, request, 7);
      EXPECT_EQ(
          ::send(fd, reinterpret_cast<const char*>(&request) + 7, sizeof request - 7, MSG_NOSIGNAL),
          57);
    }
  });
  EXPECT_NO_THROW(generator_.verify());
}

TEST_F(GeneratorTest, FindsAChangedByte) {
  run(SendPlan(10), 1, [](int fd) {
    Request request;
    for (int i = 0; next_request(fd, request); ++i) {
      if (i == 5) request.filling[5] ^= 1;
      answer(fd, request);
    }
  });
  EXPECT_THROW(generator_.verify(), WorkIsWrong);
  EXPECT_TRUE(generator_.failed());
}

TEST_F(GeneratorTest, FindsALostAnswer) {
  run(SendPlan(10), 10, [](int fd) {
    Request request;
    for (int i = 0; next_request(fd, request); ++i) {
      if (i != 5) answer(fd, request);
    }
  });
  EXPECT_THROW(generator_.verify(), WorkIsWrong);
}

TEST_F(GeneratorTest, FindsAnAnswerThatComesTwice) {
  run(SendPlan(10), 1, [](int fd) {
    Request request;
    for (int i = 0; next_request(fd, request); ++i) {
      answer(fd, request);
      if (i == 5) answer(fd, request);
    }
  });
  EXPECT_THROW(generator_.verify(), WorkIsWrong);
}

TEST_F(GeneratorTest, EndsWhenGivenUp) {
  run(SendPlan(10), 10, [this](int fd) {
    Request request;
    EXPECT_TRUE(next_request(fd, request));
    generator_.give_up();
    while (next_request(fd, request)) {
    }
  });
  EXPECT_THROW(generator_.verify(), WorkIsWrong);
}

TEST(SendPlan, FixedIsEven) {
  const SendPlan plan = fixed_plan(1000, 5);
  ASSERT_EQ(plan.size(), 5u);
  for (std::size_t k = 0; k < plan.size(); ++k) EXPECT_EQ(plan[k].when, k * 1ms);
}

TEST(SendPlan, PoissonIsInOrderAtItsRateAndNotEven) {
  constexpr std::size_t kCount = 100'000;
  const SendPlan plan = poisson_plan(1000, kCount, 42);
  EXPECT_TRUE(std::is_sorted(plan.begin(), plan.end(),
                             [](const auto& a, const auto& b) { return a.when < b.when; }));
  EXPECT_NEAR(std::chrono::duration<double>(plan.back().when).count(), kCount / 1000.0, 1);
  std::size_t long_gaps = 0;  // longer than average: e to the -1 of them
  for (std::size_t k = 1; k < kCount; ++k) long_gaps += plan[k].when - plan[k - 1].when > 1ms;
  EXPECT_NEAR(static_cast<double>(long_gaps) / kCount, 0.368, 0.01);
}

TEST(SendPlan, PoissonRepeatsForTheSameSeed) {
  EXPECT_EQ(poisson_plan(1000, 10, 1).back().when, poisson_plan(1000, 10, 1).back().when);
  EXPECT_NE(poisson_plan(1000, 10, 1).back().when, poisson_plan(1000, 10, 2).back().when);
}

}  // namespace
}  // namespace loopmark::bench
