// SPDX-License-Identifier: MIT
//
// The rows of a mutant: those of our own loop, made of the patched files, on the mechanisms where the fault can show. The
// strings come from the mutant's own row_text.c, so that this file, which pulls in much, is compiled once for all of them.
#include <array>
#include <string>
#include <string_view>

#include "reactors/backend.h"
#include "reactors/native/rows.h"
#include "reactors/services/adopted_sockets.h"
#include "reactors/services/log.h"
#include "reactors/services/processes.h"
#include "reactors/services/query.h"
#include "reactors/services/resolver.h"
#include "reactors/services/signals.h"
#include "reactors/services/tcp.h"
#include "reactors/services/udp.h"
#include "reactors/services/unix_datagrams.h"
#include "reactors/services/unix_sockets.h"

extern "C" {
extern const char* const kMutantName;
extern const char* const kMutantFault;
extern const char* const kMutantReference;
extern const char* const kMutantShowsOn;  // mechanisms, each with a blank before and behind it
extern const char* const kMutantCrash;    // a clause, or empty
}

namespace {

/// Its services are its own, too: those of the patched files.
template <class Interface>
bool made(std::type_index interface, loopmark::Reactor& reactor, std::shared_ptr<void>& service) {
  if (interface != typeid(Interface)) return false;
  service = loopmark::adapt<Interface>(reactor);
  return true;
}

template <class... Interfaces>
void serve_with_own(loopmark::Reactor& reactor) {
  reactor.services().set_native([&reactor](std::type_index interface) {
    std::shared_ptr<void> service;
    static_cast<void>((made<Interfaces>(interface, reactor, service) || ...));
    return service;
  });
}

template <std::size_t kBase>
std::unique_ptr<loopmark::Reactor> make() {
  using namespace loopmark;
  auto reactor = native_rows()[kBase].make();
  serve_with_own<ReactorLog, ReactorNameResolver, ReactorProcess, ReactorSignals, ReactorSocket,
                 ReactorTCP, ReactorUDP, ReactorUNIX, ReactorUNIXDatagram>(*reactor);
  return reactor;
}

constexpr std::array kMake{make<0>, make<1>, make<2>};  // as many as native_rows() has

struct Rows {
  std::array<loopmark::Backend, kMake.size()> rows{};
  std::array<std::string, kMake.size()> names{};
  std::size_t count = 0;
};

Rows all_rows() {
  using namespace loopmark;
  static const Deviation crash{.clause = kMutantCrash,
                               .how = Deviates::kCrashes,
                               .reason = kMutantFault,
                               .source = kMutantReference,
                               .program = kMutantName};
  Rows all;
  for (std::size_t base = 0; base < kMake.size(); ++base) {
    Backend row = native_rows()[base];
    const std::string mechanism(row.mechanism);
    if (std::string_view(kMutantShowsOn).find(" " + mechanism + " ") == std::string_view::npos)
      continue;
    all.names[all.count] = kMutantName + ("+" + mechanism);
    row.description = kMutantFault;
    row.library = kMutantReference;
    row.deviations = {&crash, *kMutantCrash != '\0' ? std::size_t{1} : 0};
    row.make = kMake[base];
    all.rows[all.count++] = row;
  }
  return all;
}

}  // namespace

extern "C" const loopmark::Module* loopmark_module() {
  static Rows all = all_rows();
  for (std::size_t i = 0; i < all.count; ++i) all.rows[i].name = all.names[i];
  static const loopmark::Module module{.rows = all.rows.data(), .row_count = all.count};
  return &module;
}
