// SPDX-License-Identifier: MIT
//
// Addresses, as texts and as the kernel has them.
#include "reactors/services/address.h"

#include <gtest/gtest.h>
#include <net/if.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "reactors/services/network_errors.h"

namespace loopmark {
namespace {

using std::string_literals::operator""s;

TEST(Addresses, AreWrittenSoThatPeopleKnowThem) {
  EXPECT_EQ(to_string(IPv4Address{"127.0.0.1", 80}), "127.0.0.1:80");
  EXPECT_EQ(to_string(IPv6Address{"::1", 80}), "[::1]:80");
  EXPECT_EQ(to_string(IPv6Address{"fe80::1", 80, 2}), "[fe80::1%2]:80");
  EXPECT_EQ(to_string(UNIXAddress{"/run/socket"}), "/run/socket");
  EXPECT_EQ(to_string(UNIXAddress{"\0name"s}), "@name");
  EXPECT_EQ(to_string(UNIXAddress{}), "unnamed");
  EXPECT_EQ(port_of(IPv6Address{"::1", 80}), 80);
  EXPECT_EQ(port_of(UNIXAddress{"/run/socket"}), 0);
}

TEST(Addresses, AreReadFromLiteralsAndFromNothingElse) {
  EXPECT_EQ(parse_ip("10.0.0.1", 7), Address(IPv4Address{"10.0.0.1", 7}));
  EXPECT_EQ(parse_ip("", 7), Address(IPv4Address{"0.0.0.0", 7}));
  EXPECT_EQ(parse_ip("0:0::1", 7), Address(IPv6Address{"::1", 7}));
  EXPECT_EQ(parse_ip("fe80::1%3", 7), Address(IPv6Address{"fe80::1", 7, 3}));
  for (const char* const none :
       {"localhost", "10.0.0.1%3", "10.0.0", "fe80::1%no such one", "fe80::1%1x", ":::", "%1"})
    EXPECT_EQ(parse_ip(none, 7), std::nullopt) << none;
  EXPECT_THROW(ip_address("localhost", 7), InvalidAddressError);
  const std::uint32_t loopback = ::if_nametoindex("lo");
  if (loopback == 0) GTEST_SKIP() << "there is no interface 'lo'";
  EXPECT_EQ(parse_ip("fe80::1%lo", 7), Address(IPv6Address{"fe80::1", 7, loopback}));
}

TEST(Addresses, SurviveTheKernelsForm) {
  for (const Address& address :
       {Address(IPv4Address{"127.0.0.1", 80}), Address(IPv6Address{"fe80::1", 80, 2}),
        Address(UNIXAddress{"/run/socket"}), Address(UNIXAddress{"\0na\0me"s}),
        Address(UNIXAddress{}), Address(UNIXAddress{std::string(107, 'x')})}) {
    EXPECT_EQ(SocketAddress(address).address(), address) << to_string(address);
  }
}

TEST(Addresses, OfWhichThereIsNoneInTheKernelsFormAreRefused) {
  EXPECT_THROW(SocketAddress(IPv4Address{"localhost", 80}), std::invalid_argument);
  EXPECT_THROW(SocketAddress(IPv6Address{"127.0.0.1", 80}), std::invalid_argument);
  EXPECT_THROW(SocketAddress(UNIXAddress{std::string(108, 'x')}), std::system_error);
  EXPECT_THROW(SocketAddress(UNIXAddress{"\0"s + std::string(108, 'x')}), std::system_error);
  EXPECT_THROW(SocketAddress().address(), std::invalid_argument);
  EXPECT_THROW(host_of(-1), std::system_error);
  EXPECT_THROW(peer_of(-1), std::system_error);
}

TEST(Refusals, AreWhatTheKernelMakesOfAnAnswerThatADatagramDidNotArrive) {
  for (const int number : {ECONNREFUSED, ECONNRESET, ENOTCONN, EHOSTUNREACH, EHOSTDOWN, ENETUNREACH,
                           ENONET, ENOPROTOOPT, EPROTO, EACCES})
    EXPECT_TRUE(is_refusal(number)) << number;
  for (const int number : {0, EAGAIN, EINTR, ENOBUFS, EMSGSIZE, EBADF})
    EXPECT_FALSE(is_refusal(number)) << number;
}

}  // namespace
}  // namespace loopmark
