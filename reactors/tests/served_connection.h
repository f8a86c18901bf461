// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "reactors/base/check.h"
#include "reactors/base/unique_fd.h"
#include "reactors/registry.h"
#include "reactors/services/adopted_sockets.h"

namespace loopmark {

/// Notes what it is told, and does what its functions say.
class Talker : public Protocol {
 public:
  void connection_made() override {
    if (on_made) on_made();
  }
  void data_received(std::string_view data) override { received += data; }
  void connection_lost(const Failure& reason) override { losses.push_back(reason); }

  std::function<void()> on_made;
  std::string received;
  std::vector<Failure> losses;
};

class FactoryOfOne final : public Factory {
 public:
  explicit FactoryOfOne(std::shared_ptr<Protocol> protocol) : protocol_(std::move(protocol)) {}
  std::shared_ptr<Protocol> build_protocol(const Address&) override { return protocol_; }

 private:
  const std::shared_ptr<Protocol> protocol_;
};

/// A connection over a UNIX socket pair, served pass by pass.
class ServedConnection : public testing::Test {
 protected:
  ServedConnection() {
    int ends[2];
    check_call(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends),
               "socketpair");
    near_.reset(ends[0]);
    far_.reset(ends[1]);
    reactor_->set_error_observer(
        [this](const ErrorReport& report) { errors_.push_back(report.failure.message()); });
  }

  template <class Kind>
  std::shared_ptr<Kind> serve(std::shared_ptr<Kind> protocol) {
    wire_ = query<ReactorSocket>(*reactor_).adopt_stream_connection(
        near_.get(), std::make_shared<FactoryOfOne>(protocol));
    near_.reset();
    return protocol;
  }
  void pass(int times = 1) {
    for (int i = 0; i < times; ++i) reactor_->iterate(Duration::zero());
  }
  /// The bytes that are at the far end.
  std::size_t take() {
    std::array<char, 64 * 1024> bytes;
    const ssize_t count = ::recv(far_.get(), bytes.data(), bytes.size(), 0);
    return count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  /// Takes `total` bytes, pass by pass.
  void take_all(std::size_t total) {
    std::size_t taken = 0;
    for (int i = 0; i < 10'000 && taken < total; ++i) {
      taken += take();
      pass();
    }
    EXPECT_EQ(taken, total);
  }
  /// Closes the connection's number behind its back, when it is in no set of the reactor.
  void pause_and_close() {
    const int number = reactor_->get_readers().at(0)->fileno();
    wire_->pause_producing();
    ::close(number);
  }

  std::vector<std::string> errors_;
  std::unique_ptr<Reactor> reactor_ = Registry::built_in().at("epoll").row->make();
  UniqueFd near_, far_;
  std::shared_ptr<Transport> wire_;
};

template <class Reason>
void expect_one_loss(const Talker& talker) {
  ASSERT_EQ(talker.losses.size(), 1u);
  EXPECT_TRUE(talker.losses[0].is<Reason>()) << talker.losses[0].message();
}

}  // namespace loopmark
