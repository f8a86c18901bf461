// SPDX-License-Identifier: MIT
#pragma once

#include <sys/socket.h>

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace loopmark {

/// A host by its number ("127.0.0.1") and a port.
struct IPv4Address {
  std::string host;
  std::uint16_t port = 0;
  friend auto operator<=>(const IPv4Address&, const IPv4Address&) = default;
};

/// As IPv4Address, for IPv6 ("::1"); the scope id is that of link-local addresses, else 0.
struct IPv6Address {
  std::string host;
  std::uint16_t port = 0;
  std::uint32_t scope_id = 0;
  friend auto operator<=>(const IPv6Address&, const IPv6Address&) = default;
};

/// The path of a socket; one in Linux's abstract namespace begins with NUL (unix(7)). Empty: a socket without a name.
struct UNIXAddress {
  std::string path;
  friend auto operator<=>(const UNIXAddress&, const UNIXAddress&) = default;
};

/// Where a socket is, or its peer.
using Address = std::variant<IPv4Address, IPv6Address, UNIXAddress>;

/// "127.0.0.1:80", "[fe80::1%2]:80", "/run/socket", "@abstract", "unnamed".
std::string to_string(const Address& address);

/// The number of a port; 0 for a UNIX address.
std::uint16_t port_of(const Address& address);

/// The address of an IP literal, with a scope id behind '%' (a number or an interface's name) for IPv6; nothing where
/// `literal` is none. "" is every address of IPv4 (0.0.0.0).
std::optional<Address> parse_ip(std::string_view literal, std::uint16_t port);

/// The same, but throws InvalidAddressError where `literal` is none.
Address ip_address(std::string_view literal, std::uint16_t port);

/// An Address as the kernel takes it and gives it.
class SocketAddress {
 public:
  /// Without an address yet: for the kernel to fill in, through data() and length().
  SocketAddress() = default;
  /// Throws std::invalid_argument when a host is no literal, std::system_error (ENAMETOOLONG) when a path is too long.
  explicit SocketAddress(const Address& address);

  sockaddr* data() { return reinterpret_cast<sockaddr*>(&storage_); }
  const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t& length() { return length_; }
  socklen_t length() const { return length_; }
  int family() const { return storage_.ss_family; }

  /// Throws std::invalid_argument for a family that is none of the three.
  Address address() const;

 private:
  sockaddr_storage storage_{};
  socklen_t length_ = sizeof(storage_);
};

/// Where the socket `fd` is bound, and what it is connected to. Throw std::system_error.
Address host_of(int fd);
Address peer_of(int fd);

}  // namespace loopmark
