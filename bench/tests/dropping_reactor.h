// SPDX-License-Identifier: MIT
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "reactors/registry.h"

namespace loopmark::bench {

/// A reactor that is right but for one deliberate fault: of every so many events (readinesses, delayed
/// calls, thread calls) one is lost. What could be read or accepted is gone, who could write is not
/// called again, and nobody is told. Since the work then may never come to its end, the run is ended a
/// moment later; nothing else depends on when.
class DroppingReactor final : public Reactor {
 public:
  /// What is lost: events, or changes of what is watched.
  enum class Drops { kEvents, kChanges };

  /// Of events or changes, over the reactors that share it.
  using Count = std::shared_ptr<std::atomic<unsigned>>;

  /// Drops none when `every` is 0.
  DroppingReactor(std::unique_ptr<Reactor> inner, unsigned every, Drops drops = Drops::kEvents,
                  Count count = std::make_shared<std::atomic<unsigned>>(0))
      : inner_(std::move(inner)), every_(every), drops_(drops), count_(std::move(count)) {}

  void add_reader(std::shared_ptr<Descriptor> descriptor) override {
    if (loses(Drops::kChanges)) return;
    auto& wrapped = readers_[descriptor.get()];
    if (!wrapped) wrapped = std::make_shared<Dropping>(*this, std::move(descriptor));
    inner_->add_reader(wrapped);
  }

  void run() override { inner_->run(); }
  void stop() override { inner_->stop(); }
  void crash() override { inner_->crash(); }
  void iterate(Duration wait) override { inner_->iterate(wait); }
  bool running() const override { return inner_->running(); }
  std::optional<TriggerId> call_when_running(Callback function) override {
    return inner_->call_when_running(std::move(function));
  }
  TriggerId add_system_event_trigger(Phase phase, std::string_view event,
                                     Trigger trigger) override {
    return inner_->add_system_event_trigger(phase, event, std::move(trigger));
  }
  void remove_system_event_trigger(TriggerId id) override {
    inner_->remove_system_event_trigger(id);
  }
  void fire_system_event(std::string_view event) override { inner_->fire_system_event(event); }
  void set_error_observer(ErrorObserver observer) override {
    inner_->set_error_observer(std::move(observer));
  }
  void report_error(const Failure& failure, const std::string& context) noexcept override {
    inner_->report_error(failure, context);
  }
  TimePoint now() const override { return inner_->now(); }
  DelayedCallRef call_later(Duration delay, Callback function) override {
    return inner_->call_later(delay, dropping(std::move(function)));
  }
  std::vector<DelayedCallRef> get_delayed_calls() const override {
    return inner_->get_delayed_calls();
  }
  void add_writer(std::shared_ptr<Descriptor> descriptor) override {
    if (loses(Drops::kChanges)) return;
    auto& wrapped = writers_[descriptor.get()];
    if (!wrapped) wrapped = std::make_shared<Dropping>(*this, std::move(descriptor));
    inner_->add_writer(wrapped);
  }
  void remove_reader(Descriptor& descriptor) override {
    if (loses(Drops::kChanges)) return;
    if (const auto wrapped = readers_.extract(&descriptor))
      inner_->remove_reader(*wrapped.mapped());
  }
  void remove_writer(Descriptor& descriptor) override {
    if (loses(Drops::kChanges)) return;
    if (const auto wrapped = writers_.extract(&descriptor))
      inner_->remove_writer(*wrapped.mapped());
  }
  std::vector<std::shared_ptr<Descriptor>> remove_all() override {
    readers_.clear();
    writers_.clear();
    return inner_->remove_all();
  }
  std::vector<std::shared_ptr<Descriptor>> get_readers() const override {
    return inner_->get_readers();
  }
  std::vector<std::shared_ptr<Descriptor>> get_writers() const override {
    return inner_->get_writers();
  }
  void call_from_thread(Callback function) override {
    inner_->call_from_thread(dropping(std::move(function)));
  }
  void call_in_thread(Callback function) override { inner_->call_in_thread(std::move(function)); }
  void suggest_thread_pool_size(std::size_t max_threads) override {
    inner_->suggest_thread_pool_size(max_threads);
  }
  std::shared_ptr<ThreadPool> thread_pool() override { return inner_->thread_pool(); }
  bool in_reactor_thread() const override { return inner_->in_reactor_thread(); }
  std::string evidence() const override { return inner_->evidence(); }

 private:
  class Dropping final : public Descriptor {
   public:
    Dropping(DroppingReactor& reactor, std::shared_ptr<Descriptor> descriptor)
        : reactor_(reactor), descriptor_(std::move(descriptor)) {}
    int fileno() const override { return descriptor_->fileno(); }
    Progress do_read() override {
      if (!reactor_.loses(Drops::kEvents)) return descriptor_->do_read();
      char bytes[4096];
      while (::read(fileno(), bytes, sizeof bytes) > 0) {
      }
      for (int fd; (fd = ::accept(fileno(), nullptr, nullptr)) >= 0;) ::close(fd);
      return Progress::more();
    }
    Progress do_write() override {
      if (!reactor_.loses(Drops::kEvents)) return descriptor_->do_write();
      reactor_.remove_writer(*descriptor_);
      return Progress::more();
    }
    void connection_lost(const Failure& reason) override { descriptor_->connection_lost(reason); }

   private:
    DroppingReactor& reactor_;
    std::shared_ptr<Descriptor> descriptor_;
  };

  Callback dropping(Callback function) {
    return [this, function = std::move(function)] {
      if (!loses(Drops::kEvents)) function();
    };
  }

  /// In the reactor's thread.
  bool loses(Drops what) {
    if (what != drops_ || every_ == 0 || ++*count_ % every_ != 0) return false;
    inner_->call_later(std::chrono::milliseconds(20), [this] { inner_->crash(); });
    return true;
  }

  std::unique_ptr<Reactor> inner_;
  unsigned every_;
  Drops drops_;
  Count count_;
  std::map<Descriptor*, std::shared_ptr<Dropping>> readers_;
  std::map<Descriptor*, std::shared_ptr<Dropping>> writers_;
};

}  // namespace loopmark::bench
