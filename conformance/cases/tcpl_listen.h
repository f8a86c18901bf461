// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "conformance/talker.h"

namespace loopmark::conformance {

/// A port on loopback.
inline std::shared_ptr<ListeningPort> listen(CaseContext& t, std::shared_ptr<Factory> factory,
                                             std::uint16_t number = 0,
                                             const std::string& interface = "127.0.0.1") {
  return query<ReactorTCP>(t.reactor()).listen_tcp(number, std::move(factory), 200, interface);
}

/// Runs until `factory` has been asked for `count` protocols, and a window longer.
template <class Kind>
void run_until_built(CaseContext& t, TalkerFactory<Kind>& factory, std::size_t count) {
  const auto before = factory.configure;
  factory.configure = [&t, &factory, count, before](Kind& talker) {
    if (before) before(talker);
    if (factory.built.size() + 1 == count) t.reactor().call_later(0s, [&t] { t.reactor().stop(); });
  };
  t.reactor().run();
}

}  // namespace loopmark::conformance
