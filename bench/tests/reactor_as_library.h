// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "reactors/library_loop.h"
#include "reactors/reactor.h"

namespace loopmark::bench {

/// What workloads ask of a library's own loop, by a reactor: so that they can be tested where no
/// library is installed, and with one that drops events. It is as strict as may be: after stop()
/// nothing is called, though it be ready. on_wake() and wake() are not used by them.
class ReactorAsLibrary : public LibraryLoop {
 public:
  explicit ReactorAsLibrary(std::unique_ptr<Reactor> reactor) : reactor_(std::move(reactor)) {}

  void watch_read(int fd, Call call, void* context) override {
    reactor_->add_reader(readers_[fd] = std::make_shared<Reader>(*this, fd, call, context));
  }
  void unwatch_read(int fd) override { reactor_->remove_reader(*readers_.extract(fd).mapped()); }
  void watch_write(int, Call, void*) override { throw std::logic_error("not used"); }
  void unwatch_write(int) override { throw std::logic_error("not used"); }

  std::size_t add_timer(Call call, void* context) override {
    timers_.push_back({call, context, nullptr});
    return timers_.size() - 1;
  }
  void arm(std::size_t timer, Duration delay) override {
    disarm(timer);
    timers_[timer].pending = reactor_->call_later(delay, [this, timer] { due(timer); });
  }
  void disarm(std::size_t timer) override {
    const DelayedCallRef& pending = timers_[timer].pending;
    if (pending && pending->active()) pending->cancel();
  }

  void on_wake(Call, void*) override { throw std::logic_error("not used"); }
  void wake() override { throw std::logic_error("not used"); }
  void run() override {
    stopped_ = false;
    reactor_->run();
  }
  void stop() override {
    stopped_ = true;
    reactor_->crash();
  }
  void poll() override { reactor_->iterate(Duration::zero()); }
  std::string evidence() const override { return reactor_->evidence(); }

 private:
  class Reader final : public Descriptor {
   public:
    Reader(ReactorAsLibrary& loop, int fd, Call call, void* context)
        : loop_(loop), fd_(fd), call_(call), context_(context) {}
    int fileno() const override { return fd_; }
    Progress do_read() override {
      if (!loop_.stopped_) call_(context_);
      return Progress::more();
    }
    Progress do_write() override { return Progress::more(); }
    void connection_lost(const Failure&) override {}

   private:
    ReactorAsLibrary& loop_;
    int fd_;
    Call call_;
    void* context_;
  };
  struct Timer {
    Call call;
    void* context;
    DelayedCallRef pending;
  };

  void due(std::size_t timer) {
    if (stopped_) return ReactorAsLibrary::arm(timer, Duration::zero());
    timers_[timer].call(timers_[timer].context);
  }

  std::unique_ptr<Reactor> reactor_;
  bool stopped_ = false;
  std::map<int, std::shared_ptr<Reader>> readers_;
  std::vector<Timer> timers_;
};

}  // namespace loopmark::bench
