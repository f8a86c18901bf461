// SPDX-License-Identifier: MIT
//
// A server: a protocol says what to do with one connection, a factory makes one for each.
//   echo_server [PORT]        the system chooses one unless told; stop it with Ctrl-C
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "reactors/install.h"
#include "reactors/services/tcp.h"

namespace {

class Echo : public loopmark::Protocol {
  void data_received(std::string_view data) override { transport()->write(data); }
};

}  // namespace

int main(int argc, char** argv) {
  loopmark::Reactor& reactor = loopmark::installed_reactor();
  try {
    const auto port = loopmark::query<loopmark::ReactorTCP>(reactor).listen_tcp(
        static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 0),
        std::make_shared<loopmark::FactoryOf<Echo>>(), 50, "127.0.0.1");
    std::printf("listening on port %d\n", port_of(port->host()));
    std::fflush(stdout);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "echo_server: %s\n", error.what());
    return 1;
  }
  reactor.run();
}
