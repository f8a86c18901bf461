// SPDX-License-Identifier: MIT
#include "reactors/services/address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <array>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <stdexcept>

#include "reactors/base/check.h"
#include "reactors/services/network_errors.h"

namespace loopmark {
namespace {

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;  // which clang 14 does not find by itself

/// The scope id of what stands behind '%': a number, or the name of an interface. Nothing: neither.
std::optional<std::uint32_t> parse_scope(const std::string& text) {
  std::uint32_t id = 0;
  const char* const end = text.data() + text.size();
  if (const auto [rest, error] = std::from_chars(text.data(), end, id);
      error == std::errc() && rest == end)
    return id;
  id = ::if_nametoindex(text.c_str());
  if (id == 0) return std::nullopt;
  return id;
}

std::string numeric(int family, const void* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  return ::inet_ntop(family, address, text.data(), text.size());
}

}  // namespace

std::string to_string(const Address& address) {
  return std::visit(
      Overloaded{[](const IPv4Address& ip) { return ip.host + ":" + std::to_string(ip.port); },
                 [](const IPv6Address& ip) {
                   const std::string scope = ip.scope_id ? "%" + std::to_string(ip.scope_id) : "";
                   return "[" + ip.host + scope + "]:" + std::to_string(ip.port);
                 },
                 [](const UNIXAddress& name) -> std::string {
                   if (name.path.empty()) return "unnamed";
                   return name.path[0] == '\0' ? "@" + name.path.substr(1) : name.path;
                 }},
      address);
}

std::uint16_t port_of(const Address& address) {
  return std::visit(Overloaded{[](const UNIXAddress&) { return std::uint16_t{0}; },
                               [](const auto& ip) { return ip.port; }},
                    address);
}

std::optional<Address> parse_ip(std::string_view literal, std::uint16_t port) {
  const std::string host(literal.empty() ? "0.0.0.0" : literal.substr(0, literal.find('%')));
  in6_addr parsed{};
  if (literal.find('%') == std::string_view::npos &&
      ::inet_pton(AF_INET, host.c_str(), &parsed) == 1)
    return IPv4Address{host, port};
  if (::inet_pton(AF_INET6, host.c_str(), &parsed) != 1) return std::nullopt;
  std::optional<std::uint32_t> scope = 0;
  if (host.size() < literal.size())
    scope = parse_scope(std::string(literal.substr(host.size() + 1)));
  if (!scope) return std::nullopt;
  return IPv6Address{numeric(AF_INET6, &parsed), port, *scope};
}

Address ip_address(std::string_view literal, std::uint16_t port) {
  std::optional<Address> address = parse_ip(literal, port);
  if (!address) throw InvalidAddressError("'" + std::string(literal) + "' is no IP address");
  return *std::move(address);
}

SocketAddress::SocketAddress(const Address& address) {
  std::visit(Overloaded{[this](const IPv4Address& ip) {
                          auto& in = reinterpret_cast<sockaddr_in&>(storage_);
                          in.sin_family = AF_INET;
                          in.sin_port = htons(ip.port);
                          if (::inet_pton(AF_INET, ip.host.c_str(), &in.sin_addr) != 1)
                            throw std::invalid_argument("'" + ip.host + "' is no IPv4 address");
                          length_ = sizeof(in);
                        },
                        [this](const IPv6Address& ip) {
                          auto& in = reinterpret_cast<sockaddr_in6&>(storage_);
                          in.sin6_family = AF_INET6;
                          in.sin6_port = htons(ip.port);
                          in.sin6_scope_id = ip.scope_id;
                          if (::inet_pton(AF_INET6, ip.host.c_str(), &in.sin6_addr) != 1)
                            throw std::invalid_argument("'" + ip.host + "' is no IPv6 address");
                          length_ = sizeof(in);
                        },
                        [this](const UNIXAddress& name) {
                          auto& un = reinterpret_cast<sockaddr_un&>(storage_);
                          un.sun_family = AF_UNIX;
                          // A path ends with NUL inside the structure; an abstract name ends with the length.
                          const bool is_path = !name.path.empty() && name.path[0] != '\0';
                          if (name.path.size() + (is_path ? 1 : 0) > sizeof(un.sun_path))
                            throw_errno("the path of a UNIX socket has at most 107 bytes",
                                        ENAMETOOLONG);
                          std::memcpy(un.sun_path, name.path.data(), name.path.size());
                          length_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) +
                                                           name.path.size() + (is_path ? 1 : 0));
                        }},
             address);
}

Address SocketAddress::address() const {
  if (storage_.ss_family == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(storage_);
    return IPv4Address{numeric(AF_INET, &in.sin_addr), ntohs(in.sin_port)};
  }
  if (storage_.ss_family == AF_INET6) {
    const auto& in = reinterpret_cast<const sockaddr_in6&>(storage_);
    return IPv6Address{numeric(AF_INET6, &in.sin6_addr), ntohs(in.sin6_port), in.sin6_scope_id};
  }
  if (storage_.ss_family != AF_UNIX) throw std::invalid_argument("an address of an unknown family");
  const auto& un = reinterpret_cast<const sockaddr_un&>(storage_);
  constexpr socklen_t kHead = offsetof(sockaddr_un, sun_path);
  if (length_ <= kHead) return UNIXAddress{};
  const std::string_view name(un.sun_path, length_ - kHead);
  return UNIXAddress{std::string(name[0] == '\0' ? name : name.substr(0, name.find('\0')))};
}

Address host_of(int fd) {
  SocketAddress address;
  check_call(::getsockname(fd, address.data(), &address.length()), "getsockname");
  return address.address();
}

Address peer_of(int fd) {
  SocketAddress address;
  check_call(::getpeername(fd, address.data(), &address.length()), "getpeername");
  return address.address();
}

}  // namespace loopmark
