// SPDX-License-Identifier: MIT
//
// The process-wide reactor, for applications that have just one. Nothing is installed by linking or including.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "reactors/reactor.h"
#include "reactors/registry.h"

namespace loopmark {

/// Makes `reactor` the process's reactor. Throws ReactorAlreadyInstalled when there is one, also one that
/// installed_reactor() made; std::invalid_argument for null.
Reactor& install(std::unique_ptr<Reactor> reactor);

/// Makes and installs the backend of that name or alias. Throws NoSuchReactor, ReactorAlreadyInstalled (both before
/// anything is made), or what the backend's make() throws; nothing is installed then.
Reactor& install_reactor(std::string_view backend, const Registry& registry);
Reactor& install_reactor(std::string_view backend);  // from Registry::standard()

/// Whether there is one.
bool is_reactor_installed();

/// The name of the default backend: `named`, which is what LOOPMARK_REACTOR says, or "select" where that is empty.
/// Throws NoSuchReactor when `registry` has no such backend. Installs nothing.
std::string default_backend(std::string_view named, const Registry& registry);

/// The process's reactor; if there is none, installs the default: what LOOPMARK_REACTOR names, else "select".
Reactor& installed_reactor();

}  // namespace loopmark
