// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/service.h"
#include "reactors/reactor.h"

namespace loopmark::bench {

/// Carries a service by a reactor. A slot is a run that crash() ends, for stop() would disconnect
/// all descriptors.
template <class S>
class ReactorService final : public Carrier {
 public:
  ReactorService(std::unique_ptr<Reactor> reactor, S& service)
      : reactor_(std::move(reactor)), service_(service) {
    service_.open(*this);
  }

  void want(std::size_t i, int fd, Want want) {
    if (want == Want::kNothing) return forget(i);
    if (i >= ends_.size()) ends_.resize(i + 1);
    std::shared_ptr<End>& end = ends_[i];
    if (end) {
      withdraw(*end);
    } else {
      end = std::make_shared<End>(*this, i, fd);
    }
    end->wanted = want;
    if (want == Want::kRead) {
      reactor_->add_reader(end);
    } else {
      reactor_->add_writer(end);
    }
  }

  void forget(std::size_t i) {
    withdraw(*ends_[i]);
    ends_[i].reset();
  }

  void carry() override {
    if (!service_.done()) reactor_->run();
  }
  std::string evidence() const override { return reactor_->evidence(); }

 private:
  class End final : public Descriptor {
   public:
    End(ReactorService& carrier, std::size_t i, int fd) : carrier_(carrier), i_(i), fd_(fd) {}
    int fileno() const override { return fd_; }
    Progress do_read() override {
      carrier_.service_.readable(i_, carrier_);
      carrier_.end_when_done();
      return Progress::more();
    }
    Progress do_write() override {
      carrier_.service_.writable(i_, carrier_);
      carrier_.end_when_done();
      return Progress::more();
    }
    /// Where a reactor tells of the end so, and not by a last do_read(), the service still has to
    /// find it. A service that knows of no end has been left by its reactor.
    void connection_lost(const Failure&) override {
      do_read();
      if (carrier_.ends_[i_].get() == this) carrier_.reactor_->crash();
    }

    Want wanted = Want::kNothing;

   private:
    ReactorService& carrier_;
    std::size_t i_;
    int fd_;
  };

  void withdraw(End& end) {
    if (end.wanted == Want::kRead) {
      reactor_->remove_reader(end);
    } else {
      reactor_->remove_writer(end);
    }
  }

  void end_when_done() {
    if (service_.done()) reactor_->crash();
  }

  std::unique_ptr<Reactor> reactor_;
  S& service_;
  std::vector<std::shared_ptr<End>> ends_;
};

}  // namespace loopmark::bench
