// SPDX-License-Identifier: MIT
//
// Interfaces and adapters: how an application gets at what a reactor offers beyond the four basic interfaces.
//
//   query<ReactorTCP>(reactor).listen_tcp(8000, factory);
//
// The answer is the backend's own implementation where it has one (native), else an adapter that builds the service on the
// four basic interfaces. It is made once for each reactor, which owns it. Reactor thread.
#pragma once

#include <typeindex>
#include <typeinfo>

#include "reactors/reactor.h"

namespace loopmark {

/// The service over the four basic interfaces. Each service's header declares the one for its interface.
template <class Interface>
std::shared_ptr<Interface> adapt(Reactor& reactor);

namespace detail {
template <class Interface>
const ServiceShelf::Entry& find_service(Reactor& reactor) {
  return reactor.services().find(typeid(Interface), [&] { return adapt<Interface>(reactor); });
}
}  // namespace detail

/// The implementation of `Interface` for `reactor`; lives as long as that.
template <class Interface>
Interface& query(Reactor& reactor) {
  return *static_cast<Interface*>(detail::find_service<Interface>(reactor).service.get());
}

/// Whose it is.
enum class Provided { kNative, kAdapted };
template <class Interface>
Provided provided(Reactor& reactor) {
  return detail::find_service<Interface>(reactor).native ? Provided::kNative : Provided::kAdapted;
}

}  // namespace loopmark
