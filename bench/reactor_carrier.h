// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "bench/traffic.h"
#include "bench/watch_or_refuse.h"
#include "reactors/reactor.h"

namespace loopmark::bench {

/// By a reactor: each descriptor is one of its readers. A slot is a run that crash() ends, for
/// stop() would disconnect them all.
template <Traffic T>
class ReactorCarrier final : public Carrier {
 public:
  ReactorCarrier(std::unique_ptr<Reactor> reactor, T& traffic)
      : reactor_(std::move(reactor)), traffic_(traffic) {
    for (std::size_t i = 0; i < traffic.size(); ++i) {
      watch_or_refuse(traffic.descriptor(i),
                      [&] { reactor_->add_reader(std::make_shared<End>(*reactor_, traffic, i)); });
    }
  }

  void carry() override {
    if (!traffic_.done()) reactor_->run();
  }
  std::string evidence() const override { return reactor_->evidence(); }

 private:
  class End final : public Descriptor {
   public:
    End(Reactor& reactor, T& traffic, std::size_t i)
        : reactor_(reactor), traffic_(traffic), i_(i), fd_(traffic.descriptor(i)) {}
    int fileno() const override { return fd_; }
    Progress do_read() override {
      traffic_.readable(i_);
      if (traffic_.done()) reactor_.crash();
      return Progress::more();
    }
    Progress do_write() override { return Progress::more(); }
    void connection_lost(const Failure&) override { reactor_.crash(); }

   private:
    Reactor& reactor_;
    T& traffic_;
    std::size_t i_;
    int fd_;  // kept, as a descriptor of an application does: it is asked for after each call
  };

  std::unique_ptr<Reactor> reactor_;
  T& traffic_;
};

}  // namespace loopmark::bench
