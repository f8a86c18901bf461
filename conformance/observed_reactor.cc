// SPDX-License-Identifier: MIT
//
// Exceptions pass through here: nothing may catch one, for that is what the sweep of faults takes for "told".
#include "conformance/observed_reactor.h"

#include <atomic>
#include <map>
#include <mutex>

#include "conformance/promises.h"
#include "conformance/virtual_clock.h"
#include "reactors/doubles/forwarding_reactor.h"

namespace loopmark::conformance {
namespace {

class Watched;

/// Who stands for which descriptor: the same for all reactors, for with two of them none may be registered.
struct Watches {
  std::mutex mutex;
  std::map<const Descriptor*, std::weak_ptr<Watched>> of;
};
Watches& watches() {
  static Watches all;
  return all;
}

/// Stands for a descriptor, and sees what is called of it.
class Watched : public Descriptor {
 public:
  explicit Watched(std::shared_ptr<Descriptor> target) : target_(std::move(target)) {}
  LOOPMARK_BETWEEN ~Watched() override {
    if (reads || writes)
      promises::broken("a descriptor is registered no more, and was not told so");
    const std::lock_guard lock(watches().mutex);
    watches().of.erase(target_.get());
  }

  const std::shared_ptr<Descriptor>& target() const { return target_; }
  std::atomic<const Reactor*> owner = nullptr;
  bool reads = false;
  bool writes = false;
  bool is_lost = false;
  bool may_be_lost = false;    // though it is not registered: its loss was decided before
  bool is_to_be_told = false;  // if the reactor shuts down before it leaves

  LOOPMARK_BETWEEN int fileno() const override { return target_->fileno(); }
  LOOPMARK_BETWEEN std::string log_prefix() const override { return target_->log_prefix(); }
  LOOPMARK_BETWEEN Progress do_read() override {
    return serve(reads, "do_read", &Descriptor::do_read);
  }
  LOOPMARK_BETWEEN Progress do_write() override {
    return serve(writes, "do_write", &Descriptor::do_write);
  }
  LOOPMARK_BETWEEN void connection_lost(const Failure& reason) override {
    if (is_lost) {
      promises::broken("connection_lost was called twice");
    } else if (!reads && !writes && !may_be_lost) {
      promises::broken("connection_lost was called of a descriptor that had been removed");
    }
    is_lost = true;
    reads = writes = may_be_lost = is_to_be_told = false;
    target_->connection_lost(reason);
  }

 protected:
  LOOPMARK_BETWEEN Progress serve(const bool& registered, const char* name,
                                  Progress (Descriptor::*call)()) {
    if (!registered)
      promises::broken(std::string(name) + " was called of a descriptor that had been removed");
    promises::called();
    may_be_lost = true;  // it may remove itself, and then throw or answer that it is lost
    Progress progress = (target_.get()->*call)();
    may_be_lost = progress.is_lost();
    return progress;
  }

 private:
  const std::shared_ptr<Descriptor> target_;
};

class WatchedHalf final : public Watched, public HalfCloseable {
 public:
  using Watched::Watched;
  LOOPMARK_BETWEEN void read_connection_lost(const Failure& reason) override {
    if (!reads && !may_be_lost)
      promises::broken("read_connection_lost was called of a descriptor that does not read");
    reads = false;
    may_be_lost = true;  // when it throws
    half().read_connection_lost(reason);
    may_be_lost = false;
  }
  LOOPMARK_BETWEEN void write_connection_lost(const Failure& reason) override {
    half().write_connection_lost(reason);
  }

 private:
  HalfCloseable& half() const { return dynamic_cast<HalfCloseable&>(*target()); }
};

std::shared_ptr<Watched> find(const Descriptor& descriptor) {
  const std::lock_guard lock(watches().mutex);
  const auto found = watches().of.find(&descriptor);
  return found == watches().of.end() ? nullptr : found->second.lock();
}

std::shared_ptr<Watched> watch(const std::shared_ptr<Descriptor>& descriptor) {
  if (!descriptor) return nullptr;
  if (std::shared_ptr<Watched> old = find(*descriptor)) return old;
  const bool is_half = dynamic_cast<HalfCloseable*>(descriptor.get()) != nullptr;
  const auto made =
      is_half ? std::make_shared<WatchedHalf>(descriptor) : std::make_shared<Watched>(descriptor);
  const std::lock_guard lock(watches().mutex);
  watches().of[descriptor.get()] = made;
  return made;
}

using Descriptors = std::vector<std::shared_ptr<Descriptor>>;

Descriptors targets(Descriptors all) {
  for (std::shared_ptr<Descriptor>& each : all) {
    if (const auto watched = std::dynamic_pointer_cast<Watched>(each)) each = watched->target();
  }
  return all;
}

class Observed final : public ForwardingReactor {
 public:
  explicit Observed(std::unique_ptr<Reactor> made) : ForwardingReactor(std::move(made)) {
    ++reactors;
  }
  ~Observed() override {
    forgive_all();
    end();
  }

  void run() override {
    has_stopped_ = has_crashed_ = false;
    to_->run();
    if (!has_stopped_ || has_crashed_) return;
    for (const auto& each : own()) {
      if (each->is_to_be_told && (each->reads || each->writes))
        promises::broken("the reactor has shut down, and a descriptor was not told so");
    }
    if (reactors == 1) promises::shut_down();
  }
  void stop() override {
    to_->stop();
    has_stopped_ = true;
    // Those that come later may miss it (CORE-STOP-19).
    for (const auto& each : own()) each->is_to_be_told = each->reads || each->writes;
  }
  void crash() override {
    to_->crash();
    has_crashed_ = true;
  }

  std::optional<TriggerId> call_when_running(Callback function) override {
    return to_->call_when_running(
        promises::once(std::move(function), "a call of call_when_running()"));
  }
  TriggerId add_system_event_trigger(Phase phase, std::string_view event,
                                     Trigger trigger) override {
    if (!trigger) return to_->add_system_event_trigger(phase, event, std::move(trigger));
    return to_->add_system_event_trigger(
        phase, event,
        Trigger([trigger = std::move(trigger), was_run = std::make_shared<bool>(false)]() mutable {
          if (std::exchange(*was_run, true)) promises::broken("a trigger was run twice");
          return trigger();
        }));
  }
  DelayedCallRef call_later(Duration delay, Callback function) override {
    return to_->call_later(delay, promises::once(std::move(function), "a delayed call"));
  }
  void call_from_thread(Callback function) override {
    to_->call_from_thread(promises::once(std::move(function), "a call from a thread"));
  }
  void call_in_thread(Callback function) override {
    to_->call_in_thread(promises::once(std::move(function), "a call in a thread"));
  }

  void add_reader(std::shared_ptr<Descriptor> descriptor) override {
    const std::shared_ptr<Watched> watched = watch(descriptor);
    to_->add_reader(watched);
    add(*watched).reads = true;
  }
  void add_writer(std::shared_ptr<Descriptor> descriptor) override {
    const std::shared_ptr<Watched> watched = watch(descriptor);
    to_->add_writer(watched);
    add(*watched).writes = true;
  }
  void remove_reader(Descriptor& descriptor) override { remove(descriptor, &Watched::reads); }
  void remove_writer(Descriptor& descriptor) override { remove(descriptor, &Watched::writes); }
  Descriptors remove_all() override {
    const Descriptors removed = to_->remove_all();
    for (const auto& each : removed) {
      if (const auto watched = std::dynamic_pointer_cast<Watched>(each))
        watched->reads = watched->writes = false;
    }
    return targets(removed);
  }
  Descriptors get_readers() const override { return targets(to_->get_readers()); }
  Descriptors get_writers() const override { return targets(to_->get_writers()); }

 private:
  Watched& add(Watched& watched) {
    if (!watched.reads && !watched.writes) watched.is_to_be_told = false;
    watched.owner = this;
    watched.is_lost = false;
    return watched;
  }

  void remove(Descriptor& descriptor, bool Watched::*side) {
    const std::shared_ptr<Watched> watched = find(descriptor);
    if (!watched) return;
    if (watched->owner == this) {
      // While the reactor disconnects all, those that it comes to later are removed in vain.
      watched->may_be_lost |= !running() && watched.get()->*side;
      watched.get()->*side = false;
    }
    side == &Watched::reads ? to_->remove_reader(*watched) : to_->remove_writer(*watched);
  }

  std::vector<std::shared_ptr<Watched>> own() const {
    std::vector<std::shared_ptr<Watched>> all;
    {
      const std::lock_guard lock(watches().mutex);
      for (const auto& [descriptor, watch] : watches().of) all.push_back(watch.lock());
    }
    std::erase_if(all, [this](const auto& each) { return !each || each->owner != this; });
    return all;
  }

  /// A reactor that is destroyed lets go of its descriptors without a word.
  void forgive_all() {
    for (const auto& each : own()) each->reads = each->writes = false;
  }

  static inline std::atomic<int> reactors = 0;
  bool has_stopped_ = false;
  bool has_crashed_ = false;
};

}  // namespace

std::unique_ptr<Reactor> observed(std::unique_ptr<Reactor> made) {
  return std::make_unique<Observed>(std::move(made));
}

}  // namespace loopmark::conformance
