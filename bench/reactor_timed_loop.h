// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/arm.h"
#include "bench/watch_or_refuse.h"
#include "reactors/reactor.h"

namespace loopmark::bench {

/// A TimedLoop by a reactor: a timer that is set is one of its delayed calls, whose handle is kept.
/// A run is ended by crash(), for stop() would disconnect what is watched.
template <class Client>
class ReactorTimedLoop {
 public:
  ReactorTimedLoop(ArmLoop loop, Client& client)
      : reactor_(std::move(loop.reactor)), client_(client) {}

  void add_timers(std::size_t count) { calls_.resize(calls_.size() + count); }
  void set(std::size_t timer, Duration delay) {
    calls_[timer] = reactor_->call_later(delay, [this, timer] { client_.due(timer); });
  }
  void reset(std::size_t timer, Duration delay) { calls_[timer]->reset(delay); }
  void cancel(std::size_t timer) { calls_[timer]->cancel(); }

  void watch(int fd, std::size_t i) { add(fd, i, false); }
  void watch_once(int fd, std::size_t i) { add(fd, i, true); }

  void run() { reactor_->run(); }
  void stop() { reactor_->crash(); }
  std::string evidence() const { return reactor_->evidence(); }

 private:
  class End final : public Descriptor {
   public:
    End(ReactorTimedLoop& loop, int fd, std::size_t i, bool once)
        : loop_(loop), fd_(fd), i_(i), once_(once) {}
    int fileno() const override { return fd_; }
    Progress do_read() override {
      if (once_) loop_.reactor_->remove_reader(*this);
      loop_.client_.readable(i_);
      return Progress::more();
    }
    Progress do_write() override { return Progress::more(); }
    void connection_lost(const Failure&) override { loop_.stop(); }

   private:
    ReactorTimedLoop& loop_;
    int fd_;
    std::size_t i_;
    bool once_;
  };

  void add(int fd, std::size_t i, bool once) {
    if (i >= ends_.size()) ends_.resize(i + 1);
    if (!ends_[i]) ends_[i] = std::make_shared<End>(*this, fd, i, once);
    watch_or_refuse(fd, [&] { reactor_->add_reader(ends_[i]); });
  }

  std::unique_ptr<Reactor> reactor_;
  Client& client_;
  std::vector<DelayedCallRef> calls_;
  std::vector<std::shared_ptr<End>> ends_;
};

}  // namespace loopmark::bench
