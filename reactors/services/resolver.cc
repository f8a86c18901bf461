// SPDX-License-Identifier: MIT
#include "reactors/services/resolver.h"

#include <netdb.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "reactors/services/address.h"
#include "reactors/services/network_errors.h"

namespace loopmark {
namespace {

std::string host_in(const Address& address) {
  if (const auto* const ip = std::get_if<IPv4Address>(&address)) return ip->host;
  return std::get<IPv6Address>(address).host;
}

/// The system's first answer, as getaddrinfo(3) sorts them.
std::string ask_system(const std::string& host) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), nullptr, &wanted, &found); error != 0)
    throw DNSLookupError("'" + host + "' is not found: " +
                         (error == EAI_SYSTEM ? std::strerror(errno) : ::gai_strerror(error)));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  SocketAddress address;
  std::copy_n(reinterpret_cast<const char*>(found->ai_addr), found->ai_addrlen,
              reinterpret_cast<char*>(address.data()));
  return host_in(address.address());
}

class ThreadedResolver final : public ReactorNameResolver {
 public:
  explicit ThreadedResolver(Reactor& reactor) : reactor_(reactor) {}

  void resolve(const std::string& host, Duration timeout, Answer answer) override {
    if (const auto literal = parse_ip(host, 0)) return answer({}, host_in(*literal));
    const auto question = std::make_shared<Question>();
    question->answer = std::move(answer);
    if (timeout != kNever) {
      question->timeout = reactor_.call_later(timeout, [question, host] {
        question->timeout = nullptr;
        question->complete(Failure::made_by([&] {
                             return DNSLookupError("the time to find '" + host + "' in is over");
                           }),
                           "");
      });
    }
    try {
      look_up(question, host);
    } catch (...) {  // the caller hears of it now, and of nothing later
      question->answer = nullptr;
      question->complete({}, "");
      throw;
    }
  }

  Lookup set_lookup(Lookup lookup) override { return std::exchange(lookup_, std::move(lookup)); }

 private:
  struct Question {
    Answer answer;  // until it is given
    DelayedCallRef timeout;

    void complete(const Failure& failed, const std::string& literal) {
      if (timeout) timeout->cancel();
      timeout = nullptr;
      if (const Answer once = std::exchange(answer, nullptr)) once(failed, literal);
    }
  };

  /// In a thread of the pool.
  void look_up(const std::shared_ptr<Question>& question, const std::string& host) {
    reactor_.call_in_thread([&reactor = reactor_, lookup = lookup_, question, host] {
      Failure failed;
      std::string literal;
      try {
        literal = lookup(host);
        if (literal.empty() || !parse_ip(literal, 0))
          throw std::runtime_error("no address was answered");
      } catch (const DNSLookupError&) {
        failed = Failure::current();
      } catch (...) {
        const std::string why = Failure::current().message();
        failed = Failure::of(DNSLookupError("'" + host + "' is not found: " + why));
      }
      reactor.call_from_thread(
          [question, failed, literal] { question->complete(failed, literal); });
    });
  }

  Reactor& reactor_;
  Lookup lookup_ = ask_system;
};

}  // namespace

template <>
std::shared_ptr<ReactorNameResolver> adapt<ReactorNameResolver>(Reactor& reactor) {
  return std::make_shared<ThreadedResolver>(reactor);
}

}  // namespace loopmark
