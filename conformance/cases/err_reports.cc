// SPDX-License-Identifier: MIT
//
// Exceptions of callbacks: where they end, who hears of them, what they damage. Leaks.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "conformance/case.h"
#include "conformance/cases/child.h"
#include "conformance/kernel.h"
#include "conformance/open_descriptors.h"
#include "conformance/probe.h"

namespace loopmark::conformance {
namespace {

using Events = std::vector<std::string>;

/// What these cases throw: of no type that anybody else does.
struct Thrown : std::runtime_error {
  using runtime_error::runtime_error;
};

Callback thrower(std::string where) {
  return [where = std::move(where)] { throw Thrown(where); };
}

/// Registers one callback of every kind that throws. Returns where.
std::vector<std::string> throw_everywhere(Reactor& reactor) {
  Events places;
  const auto throws = [&places](std::string where) {
    places.push_back(where);
    return thrower(std::move(where));
  };
  for (const char* event : {"startup", "shutdown"}) {
    reactor.add_system_event_trigger(Phase::kBefore, event, throws(std::string("before ") + event));
    reactor.add_system_event_trigger(Phase::kDuring, event, throws(std::string("during ") + event));
    reactor.add_system_event_trigger(Phase::kAfter, event, throws(std::string("after ") + event));
  }
  reactor.call_when_running(throws("when running"));
  reactor.call_from_thread(throws("thread call"));
  reactor.call_later(0s, throws("delayed call"));
  reactor.call_in_thread(throws("worker"));  // shutdown waits for it

  auto [near, far] = socket_pair();
  put(far, "x");
  put(near, "x");
  const auto reader = probe(std::move(near));
  reader->on_read = [read = throws("do_read")](Probe&) { return read(), Progress::more(); };
  const auto writer = probe(std::move(far));
  writer->on_write = [write = throws("do_write")](Probe&) { return write(), Progress::more(); };
  writer->on_lost = [lost = throws("connection_lost")](Probe&, const Failure&) { lost(); };
  reactor.add_reader(reader);
  reactor.add_writer(writer);

  auto [half_near, half_far] = socket_pair();
  const auto half = probe<HalfCloseableProbe>(std::move(half_near));
  half->on_read_lost = throws("read_connection_lost");
  reactor.add_reader(half);  // its peer is closed here: it meets the end
  return places;
}

CASE("ERR-01", RunSurvivesEveryException,
     "whatever callbacks throw, the loop goes on to its ordinary stop, and run() does not throw",
     "err_thread_calls_unguarded") {
  Reactor& reactor = t.reactor();
  throw_everywhere(reactor);
  EXPECT_NO_THROW(t.run_window());
  EXPECT_FALSE(reactor.running());
  t.take_errors();
}

CASE("ERR-02", EveryExceptionIsReportedOnce,
     "the observer is told of every exception once: the exception itself, and a text that "
     "says where it came from",
     "err_losses_reported") {
  Events thrown = throw_everywhere(t.reactor());
  t.run_window();
  Events reported;
  for (const ErrorReport& error : t.take_errors()) {
    EXPECT_TRUE(error.failure.is<Thrown>()) << error.failure.message();
    EXPECT_FALSE(error.context.empty()) << error.failure.message();
    reported.push_back(error.failure.message());
  }
  std::ranges::sort(thrown);
  std::ranges::sort(reported);
  EXPECT_EQ(reported, thrown);
}

CASE("ERR-02", AReportNamesTheDescriptor,
     "the report of what a descriptor throws opens with its log_prefix(), and holds the "
     "exception that it threw",
     "err_exception_replaced") {
  Reactor& reactor = t.reactor();
  auto [near, far] = socket_pair();
  put(far, "x");
  const auto descriptor = probe(std::move(near));
  descriptor->prefix = "number seven";
  descriptor->on_read = [](Probe&) -> Progress { throw Thrown("at reading"); };
  descriptor->on_lost = [&](Probe&, const Failure&) { reactor.stop(); };
  reactor.add_reader(descriptor);
  reactor.run();
  const std::vector<ErrorReport> errors = t.take_errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_TRUE(errors[0].failure.is<Thrown>());
  EXPECT_EQ(errors[0].failure.message(), "at reading");
  EXPECT_TRUE(errors[0].context.starts_with("number seven")) << errors[0].context;
}

/// As long as this lives, what is written to standard error goes to `file`.
class StandardErrorTo {
 public:
  explicit StandardErrorTo(const UniqueFd& file)
      : before_(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0)) {
    ::dup2(file.get(), STDERR_FILENO);
  }
  StandardErrorTo(const StandardErrorTo&) = delete;
  StandardErrorTo& operator=(const StandardErrorTo&) = delete;
  ~StandardErrorTo() { ::dup2(before_.get(), STDERR_FILENO); }

 private:
  const UniqueFd before_;
};

CASE("ERR-02", StandardErrorIsForWhatNobodyObserves,
     "without an observer an exception is told in a line on standard error, and with one nowhere "
     "else",
     "err_observed_is_printed, err_unobserved_is_silent") {
  const UniqueFd file = regular_file("");
  off_t of_observed = -1;
  {
    const StandardErrorTo redirected(file);
    t.reactor().call_later(0s, thrower("observed"));
    t.run_window();
    of_observed = ::lseek(file.get(), 0, SEEK_CUR);
    t.reactor().set_error_observer(nullptr);
    t.reactor().call_later(0s, thrower("unobserved"));
    t.run_window();
  }
  std::string text(200, ' ');
  text.resize(static_cast<std::size_t>(::pread(file.get(), text.data(), text.size(), 0)));
  EXPECT_EQ(of_observed, 0);
  EXPECT_NE(text.find("unobserved"), text.npos) << text;
  EXPECT_EQ(std::ranges::count(text, '\n'), 1) << text;
  EXPECT_EQ(t.take_errors().size(), 1u);
}

CASE("ERR-03", OnlyTheCallThatThrewIsHit,
     "a delayed call, thread call or trigger that throws takes nothing else of its batch with it",
     "err_batch_lost_with_one") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  const auto one_throws = [&](const std::string& kind, const auto& add) {
    add([&t, kind] { t.log("first " + kind); });
    add(thrower(kind));
    add([&t, kind] { t.log("last " + kind); });
  };
  one_throws("trigger", [&](const Callback& call) {
    reactor.add_system_event_trigger(Phase::kBefore, "startup", call);
  });
  one_throws("thread call", [&](const Callback& call) { reactor.call_from_thread(call); });
  one_throws("delayed call", [&](const Callback& call) { reactor.call_later(0s, call); });
  reactor.call_later(1s, [&] { reactor.stop(); });
  reactor.run();
  EXPECT_EQ(t.take_errors().size(), 3u);
  Events events = t.events();
  std::ranges::sort(events);
  EXPECT_EQ(events, (Events{"first delayed call", "first thread call", "first trigger",
                            "last delayed call", "last thread call", "last trigger"}));
}

CASE("ERR-03", OnlyTheDescriptorThatThrewIsDisconnected,
     "a descriptor that throws is disconnected with its exception as the reason, and the "
     "others go on",
     "err_exception_replaced") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  std::vector<std::shared_ptr<Probe>> descriptors;
  std::vector<UniqueFd> peers;
  for (int i = 0; i < 3; ++i) {
    auto [near, far] = socket_pair();
    put(far, "x");
    descriptors.push_back(probe(std::move(near)));
    peers.push_back(std::move(far));
    reactor.add_reader(descriptors.back());
  }
  const std::shared_ptr<Probe>& bad = descriptors[1];
  reactor.add_writer(bad);
  bad->on_read = bad->on_write = [](Probe&) -> Progress { throw Thrown("bad"); };
  reactor.call_later(1s, [&] {
    for (std::size_t i = 0; i < 3; ++i) put(peers[i], "y");
    EXPECT_EQ(reactor.get_readers().size(), 2u);
    EXPECT_EQ(reactor.get_writers().size(), 0u);
    EXPECT_EQ(bad->losses.size(), 1u);
  });
  reactor.call_later(2s, [&] { reactor.stop(); });
  reactor.run();
  EXPECT_EQ(t.take_errors().size(), 1u);
  EXPECT_EQ(bad->reads + bad->writes, 1);
  ASSERT_EQ(bad->losses.size(), 1u);
  EXPECT_TRUE(bad->losses[0].is<Thrown>()) << bad->losses[0].message();
  EXPECT_EQ(descriptors[0]->received, "xy");
  EXPECT_EQ(descriptors[2]->received, "xy");
}

CASE("ERR-04", ExceptionsEndBeforeTheLoop,
     "exceptions of callbacks that the loop calls do not unwind it: it serves the rest of the "
     "batch, and is as good as new",
     "err_exception_unwinds_the_loop") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  std::vector<UniqueFd> peers;
  int served = 0;
  for (int run = 0; run < 2; ++run) {
    for (int i = 0; i < 10; ++i) {
      reactor.call_later(0s, [&] {
        ++served;
        throw Thrown("delayed call");
      });
      auto [near, far] = socket_pair();
      put(far, "x");
      const auto descriptor = probe(std::move(near));
      descriptor->on_read = [&](Probe&) -> Progress {
        ++served;
        throw Thrown("do_read");
      };
      reactor.add_reader(descriptor);
      peers.push_back(std::move(far));
    }
    reactor.call_later(1s, [&] { reactor.stop(); });
    reactor.run();
    EXPECT_EQ(served, 20 * (run + 1));
    EXPECT_EQ(reactor.get_delayed_calls().size(), 0u);
    EXPECT_EQ(t.take_errors().size(), 20u);
  }
}

CASE("ERR-05", TheObserverMayStopTheReactor,
     "an error observer may stop() the reactor at the first report, and run() then returns "
     "instead of waiting on",
     "err_stop_does_not_end_the_wait") {
  kernel::use_virtual_clock();
  Reactor& reactor = t.reactor();
  int reports = 0;
  reactor.set_error_observer([&](const ErrorReport&) {
    if (++reports == 1) reactor.stop();
  });
  const auto far_off = reactor.call_later(1h, [&] { t.log("waited on"); });
  const TimePoint begin = reactor.now();

  reactor.call_later(0s, thrower("delayed call"));
  reactor.run();
  EXPECT_EQ(reports, 1);

  auto [near, far] = socket_pair();
  put(far, "x");
  const auto descriptor = probe(std::move(near));
  descriptor->on_read = [](Probe&) -> Progress { throw Thrown("do_read"); };
  reactor.add_reader(descriptor);
  reports = 0;
  reactor.run();
  EXPECT_EQ(reports, 1);

  reports = 0;
  reactor.call_from_thread(thrower("thread call"));
  reactor.run();
  EXPECT_EQ(reports, 1);
  EXPECT_TRUE(t.events().empty());
  EXPECT_LT(reactor.now() - begin, 1h);
  far_off->cancel();
}

CASE("ERR-06", ReactorsLeakNoDescriptor,
     "a hundred reactors, run or not, leave no file descriptor open when they are gone",
     "err_epoll_left_open, err_waker_left_open") {
  const auto make_one = [&](bool with_run) {
    const std::unique_ptr<Reactor> reactor = t.make_reactor();
    if (!with_run) return;
    auto [near, far] = socket_pair();
    put(far, "x");
    const auto descriptor = probe(std::move(near));
    descriptor->on_read = [&](Probe& self) {
      reactor->stop();
      return self.read_some();
    };
    reactor->add_reader(descriptor);
    reactor->run();
  };
  make_one(true);  // a library may keep something for the process
  const auto before = open_descriptors();
  for (int round = 0; round < 50; ++round) {
    make_one(false);
    make_one(true);
  }
  EXPECT_EQ(open_descriptors(), before);
}

CASE("ERR-06", FailedMakingLeaksNoDescriptor,
     "a reactor that cannot be made, for there are too few descriptors, leaves none open",
     "err_half_made_leaves_its_epoll") {
  const auto make = [&t] {
    try {
      t.backend().make();
      return true;
    } catch (const std::exception&) {
      return false;
    }
  };
  EXPECT_EQ(in_a_child([&]() -> std::string {
              if (!make()) return "it cannot be made";  // a library may keep something
              const rlimit lower{100, 100};
              ::setrlimit(RLIMIT_NOFILE, &lower);
              std::vector<UniqueFd> all;
              const auto take_all = [&all] {
                for (int fd = 0; (fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;)
                  all.emplace_back(fd);
                return all.size();
              };
              const std::size_t most = take_all();
              for (std::size_t room = 0;; ++room) {
                all.resize(most - room);
                const bool made = make();
                if (take_all() != most) return "with room for " + std::to_string(room);
                if (made) return room == 0 ? "made of nothing" : "";
              }
            }),
            "");
}

CASE("ERR-10", CallsThatAreOverHaveOneBase,
     "AlreadyCalled and AlreadyCancelled are caught by DelayedCallOver, which no other misuse "
     "of a delayed call is",
     "err_cancelled_without_base") {
  Reactor& reactor = t.reactor();
  const DelayedCallRef called = reactor.call_later(0s, [&] { reactor.stop(); });
  const DelayedCallRef cancelled = reactor.call_later(1h, [] {});
  const DelayedCallRef pending = reactor.call_later(1h, [] {});
  cancelled->cancel();
  reactor.run();
  EXPECT_THROW(called->cancel(), AlreadyCalled);
  EXPECT_THROW(cancelled->cancel(), AlreadyCancelled);
  for (const DelayedCallRef& over : {called, cancelled}) {
    EXPECT_THROW(over->cancel(), DelayedCallOver);
    EXPECT_THROW(over->reset(1s), DelayedCallOver);
    EXPECT_THROW(over->delay(1s), DelayedCallOver);
  }
  try {
    pending->reset(-1s);
    ADD_FAILURE() << "a negative delay was taken";
  } catch (const DelayedCallOver&) {
    ADD_FAILURE() << "the call is not over";
  } catch (const std::logic_error&) {
  }
  pending->cancel();
}

}  // namespace
}  // namespace loopmark::conformance
