// SPDX-License-Identifier: MIT
//
// Names as the system resolves them, without a network: "localhost", and a name that is too long for any.
#include "reactors/services/resolver.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <stdexcept>

#include "reactors/registry.h"
#include "reactors/services/network_errors.h"
#include "reactors/tests/failing_call.h"

namespace loopmark {
namespace {

struct Found {
  Failure failed;
  std::string literal;
};

/// What is answered for `host`, by `lookup` where there is one.
Found resolved(const std::string& host, ReactorNameResolver::Lookup lookup = nullptr) {
  const auto reactor = Registry::built_in().at("epoll").row->make();
  auto& resolver = query<ReactorNameResolver>(*reactor);
  if (lookup) resolver.set_lookup(lookup);
  Found found;
  reactor->call_when_running([&] {
    resolver.resolve(host, std::chrono::minutes(1),
                     [&](const Failure& failed, const std::string& literal) {
                       found = {failed, literal};
                       reactor->stop();
                     });
  });
  reactor->run();
  return found;
}

TEST(Names, AreFoundByTheSystem) {
  const Found found = resolved("localhost");
  EXPECT_FALSE(found.failed);
  EXPECT_TRUE(found.literal == "127.0.0.1" || found.literal == "::1") << found.literal;
}

TEST(Names, ThatThereAreNotFailWithTheReason) {
  const std::string host(1000, 'x');
  const Found found = resolved(host);
  EXPECT_TRUE(found.failed.is<DNSLookupError>());
  EXPECT_TRUE(found.failed.message().starts_with("'" + host + "' is not found: "));
}

TEST(Names, ThatTheSystemCannotLookUpFailWithItsReason) {
  const FailingCall failing("getaddrinfo", EMFILE);
  const Found found = resolved("localhost");
  EXPECT_TRUE(found.failed.is<DNSLookupError>());
  EXPECT_TRUE(found.failed.message().starts_with("'localhost' is not found: Too many open files"));
}

TEST(Names, WhoseLookupThrowsFailWithWhatItSays) {
  const Found found =
      resolved("name", [](const std::string&) -> std::string { throw std::runtime_error("no"); });
  EXPECT_TRUE(found.failed.is<DNSLookupError>());
  EXPECT_TRUE(found.failed.message().starts_with("'name' is not found: no"));
  const Found other = resolved("name", [](const std::string&) -> std::string { throw 1; });
  EXPECT_TRUE(other.failed.is<DNSLookupError>());
}

TEST(Names, ThatNobodyCanLookUpAreRefusedAndNotAnsweredLater) {
  const auto reactor = Registry::built_in().at("epoll").row->make();
  int answers = 0;
  {
    const FailingCall failing("pthread_create", EAGAIN);
    reactor->call_when_running([&] {
      EXPECT_THROW(query<ReactorNameResolver>(*reactor).resolve(
                       "name", std::chrono::minutes(1),
                       [&](const Failure&, const std::string&) { ++answers; }),
                   std::system_error);
      EXPECT_TRUE(reactor->get_delayed_calls().empty());
      reactor->stop();
    });
    reactor->run();
  }
  EXPECT_EQ(answers, 0);
}

}  // namespace
}  // namespace loopmark
