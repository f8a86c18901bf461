// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "bench/arm.h"
#include "bench/mail.h"

namespace loopmark::bench {

/// By a reactor: each post is a call_from_thread(), small enough to need no memory of its own.
template <Mail M>
class ReactorInbox {
 public:
  ReactorInbox(const Arm& arm, M& mail) : mail_(mail), reactor_(arm.make_reactor()) {}

  void post(std::uint64_t number) {
    reactor_->call_from_thread([this, number] {
      mail_.delivered(number);
      if (mail_.done()) reactor_->crash();
    });
  }

  void serve() {
    if (!mail_.done()) reactor_->run();
  }

  std::string evidence() const { return reactor_->evidence(); }

 private:
  M& mail_;
  std::unique_ptr<Reactor> reactor_;
};

}  // namespace loopmark::bench
