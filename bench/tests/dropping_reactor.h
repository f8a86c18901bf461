// SPDX-License-Identifier: MIT
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <utility>

#include "reactors/doubles/forwarding_reactor.h"

namespace loopmark::bench {

/// A reactor that is right but for one deliberate fault: of every so many events (readinesses, delayed
/// calls, thread calls) one is lost. What could be read or accepted is gone, who could write is not
/// called again, and nobody is told. Since the work then may never come to its end, the run is ended a
/// moment later; nothing else depends on when.
class DroppingReactor final : public ForwardingReactor {
 public:
  /// What is lost: events, or changes of what is watched.
  enum class Drops { kEvents, kChanges };

  /// Of events or changes, over the reactors that share it.
  using Count = std::shared_ptr<std::atomic<unsigned>>;

  /// Drops none when `every` is 0.
  DroppingReactor(std::unique_ptr<Reactor> inner, unsigned every, Drops drops = Drops::kEvents,
                  Count count = std::make_shared<std::atomic<unsigned>>(0))
      : ForwardingReactor(std::move(inner)),
        every_(every),
        drops_(drops),
        count_(std::move(count)) {}

  void add_reader(std::shared_ptr<Descriptor> descriptor) override {
    if (loses(Drops::kChanges)) return;
    auto& wrapped = readers_[descriptor.get()];
    if (!wrapped) wrapped = std::make_shared<Dropping>(*this, std::move(descriptor));
    ForwardingReactor::add_reader(wrapped);
  }

  DelayedCallRef call_later(Duration delay, Callback function) override {
    return to_->call_later(delay, dropping(std::move(function)));
  }
  void add_writer(std::shared_ptr<Descriptor> descriptor) override {
    if (loses(Drops::kChanges)) return;
    auto& wrapped = writers_[descriptor.get()];
    if (!wrapped) wrapped = std::make_shared<Dropping>(*this, std::move(descriptor));
    ForwardingReactor::add_writer(wrapped);
  }
  void remove_reader(Descriptor& descriptor) override {
    if (loses(Drops::kChanges)) return;
    if (const auto wrapped = readers_.extract(&descriptor))
      ForwardingReactor::remove_reader(*wrapped.mapped());
  }
  void remove_writer(Descriptor& descriptor) override {
    if (loses(Drops::kChanges)) return;
    if (const auto wrapped = writers_.extract(&descriptor))
      ForwardingReactor::remove_writer(*wrapped.mapped());
  }
  std::vector<std::shared_ptr<Descriptor>> remove_all() override {
    readers_.clear();
    writers_.clear();
    return ForwardingReactor::remove_all();
  }
  void call_from_thread(Callback function) override {
    ForwardingReactor::call_from_thread(dropping(std::move(function)));
  }

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
    to_->call_later(std::chrono::milliseconds(20), [this] { to_->crash(); });
    return true;
  }

  unsigned every_;
  Drops drops_;
  Count count_;
  std::map<Descriptor*, std::shared_ptr<Dropping>> readers_;
  std::map<Descriptor*, std::shared_ptr<Dropping>> writers_;
};

}  // namespace loopmark::bench
