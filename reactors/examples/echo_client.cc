// SPDX-License-Identifier: MIT
//
// A client: says something, and hears it back.
//   echo_client PORT [TEXT]
#include <cstdio>
#include <cstdlib>
#include <string>

#include "reactors/install.h"
#include "reactors/services/tcp.h"

namespace {

std::string text = "Hello, is there an echo?";

class Speaker : public loopmark::Protocol {
  void connection_made() override { transport()->write(text); }

  // What was one write may arrive in any number of pieces.
  void data_received(std::string_view data) override {
    heard_ += data;
    if (heard_.size() < text.size()) return;
    std::printf("heard: %s\n", heard_.c_str());
    transport()->lose_connection();
  }

  std::string heard_;
};

class SpeakerFactory : public loopmark::FactoryOf<Speaker, loopmark::ClientFactory> {
 public:
  explicit SpeakerFactory(loopmark::Reactor& reactor) : reactor_(reactor) {}
  bool failed = false;

 private:
  void client_connection_failed(loopmark::Connector&, const loopmark::Failure& reason) override {
    std::fprintf(stderr, "echo_client: %s\n", reason.message().c_str());
    failed = true;
    reactor_.stop();
  }
  void client_connection_lost(loopmark::Connector&, const loopmark::Failure& reason) override {
    std::printf("the end: %s\n", reason.message().c_str());
    reactor_.stop();
  }

  loopmark::Reactor& reactor_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: echo_client PORT [TEXT]\n", stderr);
    return 2;
  }
  if (argc > 2) text = argv[2];
  loopmark::Reactor& reactor = loopmark::installed_reactor();
  const auto factory = std::make_shared<SpeakerFactory>(reactor);
  loopmark::query<loopmark::ReactorTCP>(reactor).connect_tcp(
      "127.0.0.1", static_cast<std::uint16_t>(std::atoi(argv[1])), factory);
  reactor.run();
  return factory->failed ? 1 : 0;
}
