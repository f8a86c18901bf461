// SPDX-License-Identifier: MIT
#pragma once

#include <type_traits>

namespace loopmark {

/// Specialise to true for an enumeration whose enumerators are bits; it then has | & ~ and any().
template <class E>
inline constexpr bool kIsFlags = false;

template <class E>
concept Flags = std::is_enum_v<E> && kIsFlags<E>;

template <Flags E>
constexpr E operator|(E a, E b) {
  using U = std::underlying_type_t<E>;
  return static_cast<E>(static_cast<U>(a) | static_cast<U>(b));
}

template <Flags E>
constexpr E operator&(E a, E b) {
  using U = std::underlying_type_t<E>;
  return static_cast<E>(static_cast<U>(a) & static_cast<U>(b));
}

template <Flags E>
constexpr E& operator|=(E& a, E b) {
  return a = a | b;
}

/// `a` without the bits of `b`.
template <Flags E>
constexpr E without(E a, E b) {
  using U = std::underlying_type_t<E>;
  return static_cast<E>(static_cast<U>(a) & static_cast<U>(~static_cast<U>(b)));
}

template <Flags E>
constexpr bool any(E a) {
  return static_cast<std::underlying_type_t<E>>(a) != 0;
}

}  // namespace loopmark
