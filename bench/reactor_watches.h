// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/arm.h"
#include "reactors/reactor.h"

namespace loopmark::bench {

/// By a reactor. A run is ended by crash(), for stop() would disconnect all descriptors.
template <class Client>
class ReactorWatches {
 public:
  ReactorWatches(ArmLoop loop, Client& client)
      : reactor_(std::move(loop.reactor)), client_(client) {}

  void add(int fd) { ends_.push_back(std::make_shared<End>(*this, ends_.size(), fd)); }
  void watch_read(std::size_t i) { reactor_->add_reader(ends_[i]); }
  void unwatch_read(std::size_t i) { reactor_->remove_reader(*ends_[i]); }
  void watch_write(std::size_t i) { reactor_->add_writer(ends_[i]); }
  void unwatch_write(std::size_t i) { reactor_->remove_writer(*ends_[i]); }

  void pass() { reactor_->iterate(Duration::zero()); }
  void run() { reactor_->run(); }
  void stop() { reactor_->crash(); }
  std::string evidence() const { return reactor_->evidence(); }

 private:
  class End final : public Descriptor {
   public:
    End(ReactorWatches& watches, std::size_t i, int fd) : watches_(watches), i_(i), fd_(fd) {}
    int fileno() const override { return fd_; }
    Progress do_read() override {
      watches_.client_.readable(i_);
      return Progress::more();
    }
    Progress do_write() override {
      watches_.client_.writable(i_);
      return Progress::more();
    }
    void connection_lost(const Failure&) override { watches_.reactor_->crash(); }

   private:
    ReactorWatches& watches_;
    std::size_t i_;
    int fd_;
  };

  std::unique_ptr<Reactor> reactor_;
  Client& client_;
  std::vector<std::shared_ptr<End>> ends_;
};

}  // namespace loopmark::bench
