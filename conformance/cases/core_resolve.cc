// SPDX-License-Identifier: MIT
//
// Section 2, Core life cycle: name resolution. Nobody outside is asked: the look-ups are the case's own.
#include <atomic>
#include <memory>
#include <stdexcept>
#include <thread>

#include "conformance/case.h"
#include "reactors/services/network_errors.h"
#include "reactors/services/resolver.h"

namespace loopmark::conformance {
namespace {

using Resolver = ReactorNameResolver;

/// What resolve() has answered.
struct Answered {
  int times = 0;
  bool in_reactor_thread = false;
  Failure failed;
  std::string literal;
};

Resolver::Answer into(Answered& answered, Reactor& reactor,
                      const std::function<void()>& then = {}) {
  return [&answered, &reactor, then](const Failure& failed, const std::string& literal) {
    ++answered.times;
    answered.in_reactor_thread = reactor.in_reactor_thread();
    answered.failed = failed;
    answered.literal = literal;
    if (then) then();
  };
}

CASE("CORE-RES-01", LiteralsAreTheirOwnAnswer,
     "an IP literal is its own answer and the empty string the any-address, inside the call",
     "res_literals_are_looked_up") {
  auto& resolver = query<Resolver>(t.reactor());
  resolver.set_lookup([](const std::string&) -> std::string { throw std::runtime_error("asked"); });
  const std::pair<const char*, const char*> literals[] = {
      {"127.0.0.1", "127.0.0.1"}, {"::1", "::1"}, {"", "0.0.0.0"}};
  for (const auto& [asked, answer] : literals) {
    Answered answered;
    resolver.resolve(asked, 10s, into(answered, t.reactor()));
    EXPECT_EQ(answered.times, 1) << asked;
    EXPECT_EQ(answered.literal, answer);
  }
  EXPECT_EQ(t.reactor().get_delayed_calls().size(), 0u);
}

CASE("CORE-RES-02", LoopTurnsDuringALookUp,
     "the loop turns while a name is looked up, and the answer comes in the reactor's thread",
     "tcpc_looks_up_in_the_loop") {
  auto& resolver = query<Resolver>(t.reactor());
  std::atomic<bool> turned = false;
  resolver.set_lookup([&](const std::string& host) -> std::string {
    while (!turned) std::this_thread::yield();
    return host == "a.name" ? "10.0.0.7" : "";
  });
  t.reactor().call_later(0s, [&] { t.reactor().call_later(0s, [&] { turned = true; }); });
  Answered answered;
  resolver.resolve("a.name", kNever, into(answered, t.reactor(), [&] { t.reactor().stop(); }));
  EXPECT_EQ(answered.times, 0);
  t.reactor().run();
  EXPECT_EQ(answered.times, 1);
  EXPECT_TRUE(answered.in_reactor_thread);
  EXPECT_EQ(answered.literal, "10.0.0.7");
}

CASE("CORE-RES-03", FailingLookUpIsALookupError, "a look-up that fails is told as DNSLookupError",
     "res_failure_is_an_answer") {
  auto& resolver = query<Resolver>(t.reactor());
  resolver.set_lookup(
      [](const std::string&) -> std::string { throw std::runtime_error("nobody knows"); });
  Answered answered;
  resolver.resolve("a.name", 10s, into(answered, t.reactor(), [&] { t.reactor().stop(); }));
  t.reactor().run();
  EXPECT_TRUE(answered.failed.is<DNSLookupError>());
  EXPECT_NE(answered.failed.message().find("nobody knows"), std::string::npos);
  EXPECT_EQ(t.reactor().get_delayed_calls().size(), 0u);
}

CASE("CORE-RES-03", LateAnswerIsDropped,
     "a look-up that takes too long is told as DNSLookupError, and its answer is dropped",
     "res_late_answer_told") {
  auto& resolver = query<Resolver>(t.reactor());
  // The look-up is in a thread of the pool, which may outlive the case, and must end with it.
  const auto timed_out = std::make_shared<std::atomic<bool>>(false);
  const std::shared_ptr<void> at_end(nullptr, [timed_out](void*) { *timed_out = true; });
  resolver.set_lookup([timed_out](const std::string&) -> std::string {
    while (!*timed_out) std::this_thread::yield();
    return "10.0.0.7";
  });
  Answered answered, second;
  t.reactor().suggest_thread_pool_size(1);  // so that the second answer comes behind the first
  resolver.resolve("a.name", 1ms, into(answered, t.reactor(), [&] {
                     *timed_out = true;
                     resolver.resolve("b.name", 1h, into(second, t.reactor(), [&] {
                                        t.reactor().call_later(0s, [&] { t.reactor().stop(); });
                                      }));
                   }));
  t.reactor().run();
  EXPECT_EQ(answered.times, 1);
  EXPECT_TRUE(answered.failed.is<DNSLookupError>());
  EXPECT_EQ(second.literal, "10.0.0.7");
}

CASE("CORE-RES-04", SystemIsAskedUnlessItIsReplaced,
     "until the look-up is replaced, the system is asked", "res_system_is_not_asked") {
  Answered answered;
  // No literal for us, but one for getaddrinfo(3), which asks nobody for it.
  query<Resolver>(t.reactor()).resolve("127.1", 10s, into(answered, t.reactor(), [&] {
                                         t.reactor().stop();
                                       }));
  t.reactor().run();
  EXPECT_EQ(answered.literal, "127.0.0.1");
}

CASE("CORE-RES-04", LookUpCanBeReplaced,
     "the look-up can be replaced, which answers the one before", "res_replaced_for_good") {
  auto& resolver = query<Resolver>(t.reactor());
  const auto system = resolver.set_lookup([](const std::string&) { return "10.0.0.1"; });
  ASSERT_TRUE(system);
  const auto first = resolver.set_lookup([](const std::string&) { return "10.0.0.2"; });
  ASSERT_TRUE(first);
  EXPECT_EQ(first(""), "10.0.0.1");
  Answered answered;
  resolver.resolve("a.name", 10s, into(answered, t.reactor(), [&] { t.reactor().stop(); }));
  t.reactor().run();
  EXPECT_EQ(answered.literal, "10.0.0.2");
}

}  // namespace
}  // namespace loopmark::conformance
