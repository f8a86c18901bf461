// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "bench/arm.h"
#include "bench/mail.h"
#include "bench/post_queue.h"

namespace loopmark::bench {

/// By a library's own loop, with the queue that its manual leaves to the program: each post wakes
/// the loop, for to find out whether that is needed is the library's work (ev.pod, ev_async).
template <Mail M>
class LibraryInbox {
 public:
  LibraryInbox(const Arm& arm, M& mail) : mail_(mail), loop_(arm.make_library_loop()) {
    loop_->on_wake(on_wake, this);
  }

  void post(std::uint64_t number) {
    queue_.put(number);
    loop_->wake();
  }

  void serve() {
    if (!mail_.done()) loop_->run();
  }

  std::uint64_t wake_ups() const { return wake_ups_; }
  std::string evidence() const { return loop_->evidence(); }

 private:
  static void on_wake(void* context) {
    auto& self = *static_cast<LibraryInbox*>(context);
    ++self.wake_ups_;
    for (const std::uint64_t number : self.queue_.take()) self.mail_.delivered(number);
    if (self.mail_.done()) self.loop_->stop();
  }

  M& mail_;
  std::uint64_t wake_ups_ = 0;
  PostQueue queue_;
  std::unique_ptr<LibraryLoop> loop_;
};

}  // namespace loopmark::bench
