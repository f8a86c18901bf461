// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string_view>

namespace loopmark {

/// Makes data for a consumer when it is asked to: a pull producer (Twisted's IPullProducer), unless it is a PushProducer.
/// Reactor thread.
class Producer {
 public:
  virtual ~Producer() = default;
  /// Write some more. A pull producer is asked once each time the consumer has nothing left to send.
  virtual void resume_producing() = 0;
  /// Write no more: the consumer is gone. The last call.
  virtual void stop_producing() = 0;
};

/// Makes data by itself, except while it is paused (Twisted's IPushProducer). It starts out running.
class PushProducer : public Producer {
 public:
  virtual void pause_producing() = 0;
};

/// Takes data, and tells its producer when that is too much (Twisted's IConsumer). Reactor thread.
class Consumer {
 public:
  virtual ~Consumer() = default;

  virtual void write(std::string_view data) = 0;

  /// One at a time: throws ProducerAlreadyRegistered. A pull producer is asked for data inside the call. On a consumer
  /// that is gone, `producer` is told to stop, and not registered. The consumer owns it with others while registered.
  virtual void register_producer(std::shared_ptr<Producer> producer) = 0;

  /// The producer has no more to say, and is forgotten. A close that waited for this goes on.
  virtual void unregister_producer() = 0;
};

}  // namespace loopmark
