// SPDX-License-Identifier: MIT
#include "reactors/install.h"

#include <cstdlib>
#include <stdexcept>

namespace loopmark {
namespace {

/// The one mutable global. It is made on first use, so that nothing happens by being linked.
std::unique_ptr<Reactor>& the_reactor() {
  static std::unique_ptr<Reactor> reactor;
  return reactor;
}

}  // namespace

Reactor& install(std::unique_ptr<Reactor> reactor) {
  if (!reactor) throw std::invalid_argument("install: no reactor");
  if (the_reactor()) throw ReactorAlreadyInstalled();
  the_reactor() = std::move(reactor);
  return *the_reactor();
}

Reactor& install_reactor(std::string_view backend, const Registry& registry) {
  const Registry::Entry& entry = registry.at(backend);
  if (the_reactor()) throw ReactorAlreadyInstalled();
  return install(entry.row->make());
}

Reactor& install_reactor(std::string_view backend) {
  return install_reactor(backend, Registry::standard());
}

bool is_reactor_installed() {
  return the_reactor() != nullptr;
}

std::string default_backend(std::string_view named, const Registry& registry) {
  return std::string(registry.at(named.empty() ? "select" : named).row->name);
}

Reactor& installed_reactor() {
  if (the_reactor()) return *the_reactor();
  const char* const named = std::getenv("LOOPMARK_REACTOR");
  const Registry registry = Registry::standard();
  return install_reactor(default_backend(named ? named : "", registry), registry);
}

}  // namespace loopmark
