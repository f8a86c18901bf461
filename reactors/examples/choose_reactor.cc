// SPDX-License-Identifier: MIT
//
// Another reactor than the default one: it has to be installed before anybody asks for the process's reactor.
//   choose_reactor [BACKEND]        poll unless another is named; "loopmark list" shows which there are
#include <cstdio>
#include <exception>

#include "reactors/install.h"

int main(int argc, char** argv) {
  try {
    loopmark::install_reactor(argc > 1 ? argv[1] : "poll");

    // Whoever asks from now on gets that one.
    loopmark::Reactor& reactor = loopmark::installed_reactor();
    reactor.call_when_running([&reactor] {
      std::printf("running by: %s\n", reactor.evidence().c_str());
      reactor.stop();
    });
    reactor.run();

    loopmark::install_reactor("select");  // too late
  } catch (const loopmark::ReactorAlreadyInstalled& error) {
    std::printf("the second one is refused: %s\n", error.what());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "choose_reactor: %s\n", error.what());
    return 1;
  }
}
