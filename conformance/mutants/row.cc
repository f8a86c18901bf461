// SPDX-License-Identifier: MIT
//
// The row of a mutant. The strings come from the mutant's own row_text.c, so that this file, which pulls in much, is compiled
// once for all of them.
#include <map>
#include <string_view>

#include "reactors/backend.h"
#include "reactors/native/epoll_provider.h"
#include "reactors/native/native_loop.h"
#include "reactors/native/poll_provider.h"
#include "reactors/native/select_provider.h"
#include "reactors/parts/loop_reactor.h"
#include "reactors/services/adopted_sockets.h"
#include "reactors/services/log.h"
#include "reactors/services/processes.h"
#include "reactors/services/resolver.h"
#include "reactors/services/signals.h"
#include "reactors/services/tcp.h"
#include "reactors/services/udp.h"
#include "reactors/services/unix_datagrams.h"
#include "reactors/services/unix_sockets.h"

extern "C" {
extern const char* const mutant_name;
extern const char* const mutant_fault;
extern const char* const mutant_reference;
extern const char* const mutant_base;
extern const char* const mutant_crash;  // a clause, or empty
}

namespace {

std::string version() {
  return LOOPMARK_VERSION;
}

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

std::unique_ptr<loopmark::Reactor> make() {
  using namespace loopmark;
  static const std::map<std::string_view, std::unique_ptr<Reactor> (*)()> bases{
      {"epoll", make_loop_reactor<make_native_loop<EpollProvider>>},
      {"poll", make_loop_reactor<make_native_loop<PollProvider>>},
      {"select", make_loop_reactor<make_native_loop<SelectProvider>>}};
  auto reactor = bases.at(mutant_base)();
  serve_with_own<ReactorLog, ReactorNameResolver, ReactorProcess, ReactorSignals, ReactorSocket,
                 ReactorTCP, ReactorUDP, ReactorUNIX, ReactorUNIXDatagram>(*reactor);
  return reactor;
}

}  // namespace

extern "C" const loopmark::Module* loopmark_module() {
  using namespace loopmark;
  static const Deviation crash{.clause = mutant_crash,
                               .how = Deviates::kCrashes,
                               .reason = mutant_fault,
                               .source = mutant_reference,
                               .program = mutant_name};
  static const Backend row{
      .name = mutant_name,
      .description = mutant_fault,
      .library = mutant_reference,
      .mechanism = mutant_base,
      .compiled_version = LOOPMARK_VERSION,
      .runtime_version = version,
      .capabilities = Capability::kBasic | Capability::kPassOrder | Capability::kExactWaits,
      .timer_resolution = std::chrono::nanoseconds(1),
      .deviations = {&crash, *mutant_crash != '\0' ? std::size_t{1} : 0},
      .make = make};
  static const Module module{.rows = &row, .row_count = 1};
  return &module;
}
