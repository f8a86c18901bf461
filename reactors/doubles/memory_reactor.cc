// SPDX-License-Identifier: MIT
#include "reactors/doubles/memory_reactor.h"

#include <algorithm>
#include <stdexcept>
#include <typeindex>

#include "reactors/doubles/memory_loop.h"
#include "reactors/parts/loop_reactor.h"

namespace loopmark {

MemoryReactor::MemoryReactor() : tcp_(std::make_shared<MemoryTCP>()) {
  reactor_ = std::make_unique<LoopReactor>([this](LoopClient& client) {
    auto loop = std::make_unique<MemoryLoop>(client, [this] {
      try {
        reactor_->stop();
      } catch (const ReactorNotRunning&) {  // it shuts down, and waits for what never comes
        reactor_->crash();
      }
    });
    loop_ = loop.get();
    return loop;
  });
  reactor_->services().set_native([tcp = tcp_](std::type_index interface) {
    // The shelf keeps a pointer to the interface, not to the class.
    return interface == typeid(ReactorTCP) ? std::shared_ptr<ReactorTCP>(tcp) : nullptr;
  });
}

MemoryReactor::~MemoryReactor() = default;

void MemoryReactor::advance(Duration by) {
  if (by < Duration::zero()) throw std::invalid_argument("advance: time does not go back");
  const TimePoint end = loop_->now() + by;
  while (loop_->next_deadline() <= end) {
    loop_->set_now(std::max(loop_->now(), loop_->next_deadline()));
    reactor_->iterate(Duration::zero());
  }
  loop_->set_now(end);
  reactor_->iterate(Duration::zero());  // calls that were queued with call_from_thread()
}

}  // namespace loopmark
