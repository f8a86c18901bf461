// SPDX-License-Identifier: MIT
//
// Section 19, Interfaces, capabilities, adapters.
#include <fcntl.h>
#include <sys/resource.h>

#include <thread>

#include "conformance/case.h"
#include "conformance/kernel.h"
#include "conformance/probe.h"

namespace loopmark::conformance {
namespace {

constexpr Capability kKnown = Capability::kBasic | Capability::kPassOrder | Capability::kExactWaits;

CASE("IFACE-01", FourInterfacesAreThere,
     "core, time, descriptors and threads are there, each usable by itself, and every capability "
     "is answered for",
     "iface_writers_are_readers") {
  EXPECT_TRUE(t.offers(Capability::kBasic));
  EXPECT_FALSE(any(without(t.backend().capabilities, kKnown)))
      << "something that nobody knows is claimed";
  ReactorCore& core = t.reactor();
  ReactorTime& time = t.reactor();
  ReactorFDSet& descriptors = t.reactor();
  ReactorThreads& threads = t.reactor();
  auto [near, far] = socket_pair();
  const auto writer = probe(std::move(near));
  writer->on_write = [&](Probe& self) {
    t.log("descriptors");
    descriptors.remove_writer(self);
    return Progress::drained();
  };
  descriptors.add_writer(writer);
  EXPECT_EQ(descriptors.get_writers().size(), 1u);
  EXPECT_EQ(descriptors.get_readers().size(), 0u);
  core.call_when_running([&] { t.log("core"); });
  time.call_later(0ms, [&] { t.log("time"); });
  threads.call_from_thread([&] { t.log("threads"); });
  t.run_window();
  std::vector<std::string> seen = t.events();
  ASSERT_EQ(seen.size(), 4u);
  EXPECT_EQ(seen[0], "core");
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(seen, (std::vector<std::string>{"core", "descriptors", "threads", "time"}));
}

CASE("IFACE-02", CoreIsComplete, "every operation of the core does what it says",
     "iface_crash_is_forgotten") {
  Reactor& reactor = t.reactor();
  const TriggerId unwanted =
      reactor.add_system_event_trigger(Phase::kBefore, "startup", [&] { t.log("unwanted"); });
  reactor.remove_system_event_trigger(unwanted);
  reactor.add_system_event_trigger(Phase::kDuring, "my event", [&] { t.log("mine"); });
  reactor.fire_system_event("my event");
  EXPECT_TRUE(reactor.call_when_running([&] { t.log("running"); }).has_value());
  reactor.call_later(0ms, [&] {
    EXPECT_TRUE(reactor.running());
    reactor.crash();
  });
  reactor.call_later(1h, [&] { t.log("too late"); });
  kernel::on_next_block([&] {
    ADD_FAILURE() << "the loop waits in spite of crash()";
    std::thread([&] { reactor.call_from_thread([&] { reactor.stop(); }); }).join();
  });
  reactor.run();
  EXPECT_FALSE(reactor.running());
  kernel::on_next_block(nullptr);
  reactor.call_from_thread([&] { t.log("by hand"); });
  reactor.iterate(0ms);
  EXPECT_EQ(t.events(), (std::vector<std::string>{"mine", "running", "by hand"}));
  EXPECT_FALSE(reactor.evidence().empty());
}

CASE("IFACE-02", TimeIsComplete, "every operation of time does what it says",
     "iface_delay_is_ignored") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  const TimePoint start = reactor.now();
  const auto log_at = [&](const char* name) {
    return [&t, &reactor, start, name] {
      t.log(name + std::string(" at ") +
            std::to_string(std::chrono::floor<std::chrono::hours>(reactor.now() - start).count()));
    };
  };
  const DelayedCallRef cancelled = reactor.call_later(1h, log_at("cancelled"));
  const DelayedCallRef reset = reactor.call_later(1h, log_at("reset"));
  const DelayedCallRef delayed = reactor.call_later(2h, log_at("delayed"));
  reactor.call_later(6h, [&] { reactor.stop(); });
  EXPECT_EQ(reactor.get_delayed_calls().size(), 4u);
  EXPECT_FALSE(reset->to_string().empty());
  cancelled->cancel();
  reset->reset(3h);
  delayed->delay(3h);
  EXPECT_TRUE(delayed->active());
  EXPECT_FALSE(cancelled->active());
  EXPECT_GE(delayed->deadline(), start + 5h);
  reactor.run();
  EXPECT_EQ(t.events(), (std::vector<std::string>{"reset at 3", "delayed at 5"}));
  EXPECT_TRUE(reactor.get_delayed_calls().empty());
}

CASE("IFACE-02", DescriptorsAreComplete, "every operation on descriptors does what it says",
     "iface_writers_are_readers") {
  Reactor& reactor = t.reactor();
  auto [near, far] = socket_pair();
  auto [near_too, far_too] = socket_pair();
  const auto first = probe(std::move(near));
  const auto second = probe(std::move(near_too));
  using All = std::vector<std::shared_ptr<Descriptor>>;
  reactor.add_reader(first);
  reactor.add_writer(second);
  EXPECT_EQ(reactor.get_readers(), All{first});
  EXPECT_EQ(reactor.get_writers(), All{second});
  put(far, "abc");
  t.run_window();  // its end disconnects both
  EXPECT_EQ(first->received, "abc");
  EXPECT_GT(second->writes, 0);
  EXPECT_TRUE(reactor.get_readers().empty());

  reactor.add_reader(first);
  reactor.add_reader(second);
  reactor.add_writer(second);
  reactor.remove_writer(*second);
  EXPECT_TRUE(reactor.get_writers().empty());
  reactor.add_writer(second);
  reactor.remove_reader(*first);
  EXPECT_EQ(reactor.get_readers(), All{second});
  EXPECT_EQ(reactor.remove_all(), All{second});
  EXPECT_TRUE(reactor.get_readers().empty());
  EXPECT_TRUE(reactor.get_writers().empty());
}

CASE("IFACE-02", ThreadsAreComplete, "every operation of threads does what it says",
     "thr_pool_size_ignored") {
  Reactor& reactor = t.reactor();
  EXPECT_EQ(reactor.thread_pool()->max_threads(), 10u);
  reactor.suggest_thread_pool_size(1);
  EXPECT_EQ(reactor.thread_pool()->max_threads(), 1u);
  EXPECT_FALSE(reactor.in_reactor_thread());
  reactor.call_in_thread([&] {
    const bool here = reactor.in_reactor_thread();
    reactor.call_from_thread([&, here] {
      t.log(here ? "worker in the reactor's thread" : "worker");
      t.log(reactor.in_reactor_thread() ? "reactor" : "elsewhere");
      reactor.stop();
    });
  });
  reactor.run();
  EXPECT_EQ(t.events(), (std::vector<std::string>{"worker", "reactor"}));
}

CASE("IFACE-02", ClaimedOrderOfAPassIsKept,
     "who claims the order of a pass serves thread calls, then delayed calls, then descriptors",
     "iface_thread_calls_last", .needs = Capability::kPassOrder) {
  Reactor& reactor = t.reactor();
  auto [near, far] = socket_pair();
  const auto reader = probe(std::move(near));
  reader->on_read = [&](Probe& self) {
    t.log("descriptor");
    return self.read_some();
  };
  reactor.add_reader(reader);
  put(far, "x");
  reactor.call_later(0ms, [&] { t.log("delayed call"); });
  reactor.call_from_thread([&] { t.log("thread call"); });
  reactor.iterate(0ms);
  EXPECT_EQ(t.events(), (std::vector<std::string>{"thread call", "delayed call", "descriptor"}));
  reactor.remove_all();
}

CASE("IFACE-02", ClaimedExactWaitsAreKept,
     "who claims exact waits makes one wait for a delayed call, to its deadline",
     "iface_waits_in_slices", .needs = Capability::kExactWaits) {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  reactor.call_later(1h, [&] { reactor.stop(); });
  reactor.run();
  int sleeps = 0;
  for (const kernel::Wait& wait : kernel::waits()) {
    if (wait.timeout == 0ns || wait.result < 0) continue;  // or interrupted
    ++sleeps;
    EXPECT_GE(wait.timeout, 1h - 1s);
    EXPECT_LE(wait.timeout, 1h + 1s);
  }
  EXPECT_EQ(sleeps, 1);
}

/// Adds a reader that has something to read. Either it is served, or it is refused, by a throw or by connection_lost(),
/// and then nothing of it is left.
void expect_whole(CaseContext& t, UniqueFd fd, const char* what) {
  Reactor& reactor = t.reactor();
  const auto reader = probe(std::move(fd));
  reader->on_read = [&](Probe& self) {
    reactor.remove_reader(self);
    return Progress::drained();
  };
  bool refused = false;
  try {
    reactor.add_reader(reader);
  } catch (const std::system_error&) {
    refused = true;
  }
  EXPECT_EQ(reactor.get_readers().size(), refused ? 0u : 1u) << what;
  t.run_window();
  const bool lost = !reader->losses.empty();
  EXPECT_EQ(reader->reads, refused || lost ? 0 : 1) << what;
  EXPECT_FALSE(refused && lost) << what;
  EXPECT_TRUE(reactor.get_readers().empty()) << what;
}

CASE("IFACE-03", WhatIsNotOfferedIsRefusedWhole,
     "a kind or a number of descriptor that a backend cannot watch is refused without a trace, "
     "else served",
     "iface_refused_descriptor_stays") {
  expect_whole(t, regular_file("content"), "a regular file");
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  constexpr int kHigh = 1100;  // beyond FD_SETSIZE
  if (limit.rlim_max <= kHigh) return;
  limit.rlim_cur = std::max<rlim_t>(limit.rlim_cur, kHigh + 1);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  auto [near, far] = socket_pair();
  put(far, "x");
  UniqueFd high(::fcntl(near.get(), F_DUPFD_CLOEXEC, kHigh));
  ASSERT_GE(high.get(), kHigh);
  expect_whole(t, std::move(high), "a number beyond FD_SETSIZE");
}

/// A descriptor on the interface alone, which holds the reactor that serves it: it answers each byte with the next, and
/// ends itself when the peer has been silent for a while.
class Answering : public Descriptor {
 public:
  Answering(Reactor& reactor, UniqueFd fd) : reactor_(reactor), fd_(std::move(fd)) {}

  void start(const std::shared_ptr<Answering>& self) {
    self_ = self;
    reactor_.add_reader(self);
    silence_ = reactor_.call_later(1h, [this] { end(); });
  }

  int fileno() const override { return fd_.get(); }
  Progress do_read() override {
    char byte = 0;
    if (::read(fd_.get(), &byte, 1) != 1) return Progress::drained();
    answer_ = static_cast<char>(byte + 1);
    silence_->reset(1h);
    reactor_.add_writer(self_.lock());
    return Progress::more();
  }
  Progress do_write() override {
    EXPECT_EQ(::write(fd_.get(), &answer_, 1), 1);
    reactor_.remove_writer(*this);
    return Progress::more();
  }
  void connection_lost(const Failure&) override { ++lost; }

  int lost = 0;

 private:
  void end() {
    reactor_.remove_reader(*this);
    reactor_.stop();
  }

  Reactor& reactor_;
  UniqueFd fd_;
  std::weak_ptr<Answering> self_;
  DelayedCallRef silence_;
  char answer_ = 0;
};

/// A program on the interfaces alone: two that answer each other up to a letter, and silence after that. What it logs.
std::string program(Reactor& reactor) {
  std::string log;
  auto [near, far] = socket_pair();
  const auto answering = std::make_shared<Answering>(reactor, std::move(near));
  const auto asking = probe(std::move(far));
  asking->on_read = [&](Probe& self) {
    const Progress progress = self.read_some(1);
    const char letter = self.received.back();
    log += letter;
    if (letter < 'h') {
      EXPECT_EQ(::write(self.fileno(), &letter, 1), 1);
    }
    return progress;
  };
  answering->start(answering);
  reactor.add_reader(asking);
  reactor.call_from_thread([&] { log += "thread "; });
  reactor.call_when_running([&] { log += "running "; });
  reactor.call_later(1ms, [&] { EXPECT_EQ(::write(asking->fileno(), "a", 1), 1); });
  reactor.add_system_event_trigger(Phase::kAfter, "shutdown", [&] { log += " over"; });
  reactor.run();
  return log + (answering->lost == 0 ? "" : ", lost");
}

CASE("IFACE-04", OneProgramRunsEverywhere,
     "a program that uses the interfaces alone runs on the backend as on any other",
     "iface_end_of_writing_ends_reading") {
  kernel::use_virtual_clock();
  EXPECT_EQ(program(t.reactor()), "running thread bcdefgh over");
}

CASE("IFACE-07", DescriptorNeedsNoBackendsClass,
     "an object that holds a reactor and derives from the interface alone has all services of it",
     "iface_end_of_writing_ends_reading") {
  kernel::use_virtual_clock();
  kernel::limit_waits(1000);
  Reactor& reactor = t.reactor();
  auto [near, other] = socket_pair();
  const UniqueFd far = std::move(other);  // clang 14 captures no structured binding
  const auto answering = std::make_shared<Answering>(reactor, std::move(near));
  const TimePoint start = reactor.now();
  answering->start(answering);
  reactor.call_later(1s, [&] { put(far, "a"); });
  reactor.call_later(2s, [&] { put(far, "k"); });
  reactor.run();
  EXPECT_GE(reactor.now() - start, 1h + 2s);
  char answers[8] = {};
  EXPECT_EQ(::read(far.get(), answers, sizeof answers), 2);
  EXPECT_STREQ(answers, "bl");
  EXPECT_EQ(answering->lost, 0);
  EXPECT_EQ(answering.use_count(), 1) << "the reactor has let go of it";
}

}  // namespace
}  // namespace loopmark::conformance
