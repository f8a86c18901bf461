// SPDX-License-Identifier: MIT
//
// Traffic is what a workload does with its descriptors; a carrier is a loop that waits for them and
// passes readiness on. So each workload is written once, and each loop once. All is resolved at
// compile time but for one call a slot.
#pragma once

#include <concepts>
#include <memory>
#include <utility>
#include <vector>

#include "bench/bare/epoll.h"
#include "bench/bare/poll.h"
#include "bench/bare/select.h"
#include "bench/workload.h"

namespace loopmark::bench {

/// Descriptors are numbered from 0. readable(i) takes what is there at the i-th, without waiting
/// for more.
template <class T>
concept Traffic = requires(T traffic, const T& state, std::size_t i) {
  { state.size() } -> std::convertible_to<std::size_t>;
  { state.descriptor(i) } -> std::same_as<int>;
  traffic.readable(i);
  { state.done() } -> std::same_as<bool>;
};

class Carrier {
 public:
  virtual ~Carrier() = default;
  /// Serves the traffic until it is done.
  virtual void carry() = 0;
  virtual std::string evidence() const = 0;
};

/// By a loop of our own making, with nothing between the system call and the traffic.
template <class Loop, Traffic T>
class BareCarrier final : public Carrier {
 public:
  explicit BareCarrier(T& traffic) : traffic_(traffic) {
    for (std::size_t i = 0; i < traffic.size(); ++i) loop_.watch(traffic.descriptor(i), i);
  }

  void carry() override {
    while (!traffic_.done()) {
      loop_.pass([this](std::size_t i) { traffic_.readable(i); });
    }
  }

  std::string evidence() const override { return std::string(Loop::kName); }

 private:
  T& traffic_;
  Loop loop_;
};

/// By a reactor: each descriptor is one of its readers. A slot is a run that crash() ends, for
/// stop() would disconnect them all.
template <Traffic T>
class ReactorCarrier final : public Carrier {
 public:
  ReactorCarrier(std::unique_ptr<Reactor> reactor, T& traffic)
      : reactor_(std::move(reactor)), traffic_(traffic) {
    for (std::size_t i = 0; i < traffic.size(); ++i) {
      try {
        reactor_->add_reader(std::make_shared<End>(*reactor_, traffic, i));
      } catch (const std::system_error& error) {
        throw Refused("cannot watch descriptor " + std::to_string(traffic.descriptor(i)) + ": " +
                      error.what());
      }
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
        : reactor_(reactor), traffic_(traffic), i_(i) {}
    int fileno() const override { return traffic_.descriptor(i_); }
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
  };

  std::unique_ptr<Reactor> reactor_;
  T& traffic_;
};

/// The carrier that `arm` stands for, with the traffic's descriptors registered: over `reactor`
/// where the arm is a backend. That is made by the caller, before it opens the traffic's
/// descriptors, as a server would: a loop's own have low numbers then. Throws Refused.
template <Traffic T>
std::unique_ptr<Carrier> make_carrier(const Arm& arm, std::unique_ptr<Reactor> reactor,
                                      T& traffic) {
  if (reactor) return std::make_unique<ReactorCarrier<T>>(std::move(reactor), traffic);
  if (arm.name == bare::Epoll::kName) {
    return std::make_unique<BareCarrier<bare::Epoll, T>>(traffic);
  }
  if (arm.name == bare::Poll::kName) return std::make_unique<BareCarrier<bare::Poll, T>>(traffic);
  if (arm.name == bare::Select::kName) {
    return std::make_unique<BareCarrier<bare::Select, T>>(traffic);
  }
  throw std::invalid_argument("there is no bare loop '" + arm.name + "'");
}

}  // namespace loopmark::bench
