// SPDX-License-Identifier: MIT
//
// Backends over our own loop that do harm as soon as they run.
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <vector>

#include "reactors/backend.h"
#include "reactors/native/rows.h"

namespace {

void nothing() {}

void crash() {
  ::signal(SIGSEGV, SIG_DFL);  // a sanitizer would make an exit of it
  ::raise(SIGSEGV);
}

void leave() {
  std::_Exit(0);
}

void hang() {
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGALRM}) ::signal(number, SIG_IGN);
  for (;;) ::pause();
}

void linger() {
  if (::fork() != 0) return;
  ::setsid();
  for (;;) ::pause();
}

void close_descriptors() {
  ::close_range(0, ~0U, 0);
}

void write_garbage() {
  for (int fd = 3; fd < 16; ++fd) {
    if (::write(fd, "garbage\n", 8) < 0) continue;
  }
}

/// Not caught by the reactor, as an exception would be.
void eat_memory() {
  for (std::vector<void*> eaten;; eaten.push_back(std::malloc(std::size_t{16} << 20))) {
    if (!eaten.empty() && eaten.back() == nullptr) std::abort();
  }
}

template <void (*harm)()>
std::unique_ptr<loopmark::Reactor> make() {
  auto reactor = loopmark::native_rows().front().make();
  reactor->call_when_running(harm);
  return reactor;
}

std::string version() {
  return "1";
}

template <void (*harm)()>
constexpr loopmark::Backend row(std::string_view name) {
  return {.name = name,
          .description = "does harm when it runs",
          .library = "hostile",
          .mechanism = "none",
          .compiled_version = "1",
          .runtime_version = version,
          .timer_resolution = loopmark::Duration(1),
          .make = make<harm>};
}

constexpr loopmark::Backend kRows[] = {
    row<nothing>("hostile/sound"),
    row<crash>("hostile/crashes"),
    row<leave>("hostile/leaves"),
    row<hang>("hostile/hangs"),
    row<linger>("hostile/lingers"),
    row<close_descriptors>("hostile/closes_descriptors"),
    row<write_garbage>("hostile/writes_garbage"),
    row<eat_memory>("hostile/eats_memory"),
};

}  // namespace

const loopmark::Module* loopmark_module() {
  static const loopmark::Module module{.rows = kRows, .row_count = std::size(kRows)};
  return &module;
}
