// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "reactors/reactor.h"

namespace loopmark {

/// Hands each call on to another reactor, which it owns: for those who change or see some of them. Services that the other
/// has of its own are its services, too.
class ForwardingReactor : public Reactor {
 public:
  explicit ForwardingReactor(std::unique_ptr<Reactor> to) : to_(std::move(to)) {
    services().set_native([this](std::type_index interface) -> ServiceShelf::Service {
      if (interface == typeid(Clearance)) return nullptr;
      return to_->services().find(interface, [] { return nullptr; }).service;
    });
    // The other ends its work in threads first, which may use services of either, and then its services.
    to_->services().find(typeid(Clearance), [this] { return std::make_shared<Clearance>(*this); });
  }

  void run() override { to_->run(); }
  void stop() override { to_->stop(); }
  void crash() override { to_->crash(); }
  void iterate(Duration wait) override { to_->iterate(wait); }
  bool running() const override { return to_->running(); }
  std::optional<TriggerId> call_when_running(Callback function) override {
    return to_->call_when_running(std::move(function));
  }
  TriggerId add_system_event_trigger(Phase phase, std::string_view event,
                                     Trigger trigger) override {
    return to_->add_system_event_trigger(phase, event, std::move(trigger));
  }
  void remove_system_event_trigger(TriggerId id) override { to_->remove_system_event_trigger(id); }
  void fire_system_event(std::string_view event) override { to_->fire_system_event(event); }
  void set_error_observer(ErrorObserver observer) override {
    to_->set_error_observer(std::move(observer));
  }
  void report_error(const Failure& failure, const std::string& context) noexcept override {
    to_->report_error(failure, context);
  }

  TimePoint now() const override { return to_->now(); }
  DelayedCallRef call_later(Duration delay, Callback function) override {
    return to_->call_later(delay, std::move(function));
  }
  std::vector<DelayedCallRef> get_delayed_calls() const override {
    return to_->get_delayed_calls();
  }

  void add_reader(std::shared_ptr<Descriptor> descriptor) override {
    to_->add_reader(std::move(descriptor));
  }
  void add_writer(std::shared_ptr<Descriptor> descriptor) override {
    to_->add_writer(std::move(descriptor));
  }
  void remove_reader(Descriptor& descriptor) override { to_->remove_reader(descriptor); }
  void remove_writer(Descriptor& descriptor) override { to_->remove_writer(descriptor); }
  std::vector<std::shared_ptr<Descriptor>> remove_all() override { return to_->remove_all(); }
  std::vector<std::shared_ptr<Descriptor>> get_readers() const override {
    return to_->get_readers();
  }
  std::vector<std::shared_ptr<Descriptor>> get_writers() const override {
    return to_->get_writers();
  }

  void call_from_thread(Callback function) override { to_->call_from_thread(std::move(function)); }
  void call_in_thread(Callback function) override { to_->call_in_thread(std::move(function)); }
  void suggest_thread_pool_size(std::size_t max_threads) override {
    to_->suggest_thread_pool_size(max_threads);
  }
  std::shared_ptr<ThreadPool> thread_pool() override { return to_->thread_pool(); }
  bool in_reactor_thread() const override { return to_->in_reactor_thread(); }

  std::string evidence() const override { return to_->evidence(); }

 private:
  /// Lets go of a reactor's services when it dies itself.
  struct Clearance {
    explicit Clearance(Reactor& its_reactor) : reactor(its_reactor) {}
    Clearance(const Clearance&) = delete;
    Clearance& operator=(const Clearance&) = delete;
    ~Clearance() { reactor.services().clear(); }
    Reactor& reactor;
  };

 protected:
  ~ForwardingReactor() override { end(); }

  /// Destroys the other. For the destructor of what derives from this: the other may call it until then.
  void end() {
    delete to_.get();  // not by reset(), which forgets it first
    static_cast<void>(to_.release());
  }

  std::unique_ptr<Reactor> to_;
};

}  // namespace loopmark
