// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "reactors/base/failure.h"

namespace loopmark {

/// What do_read or do_write achieved. Level-triggered mechanisms need only the difference between *lost* and the rest;
/// edge-triggered and multishot ones need to know whether the descriptor was *drained* (the call met would-block).
class Progress {
 public:
  /// There may be more to do: call again in the next pass while the condition holds.
  static Progress more() { return Progress(Kind::kMore, {}); }
  /// The system said would-block: nothing to do until the condition comes anew.
  static Progress drained() { return Progress(Kind::kDrained, {}); }
  /// The descriptor is over: the reactor removes it from both sets and calls connection_lost(reason) once. A
  /// ConnectionDone from do_read of a HalfCloseable descriptor ends only the reading direction.
  static Progress lost(Failure reason) { return Progress(Kind::kLost, std::move(reason)); }

  bool is_lost() const { return kind_ == Kind::kLost; }
  bool is_drained() const { return kind_ == Kind::kDrained; }
  const Failure& reason() const { return reason_; }

 private:
  enum class Kind { kMore, kDrained, kLost };
  Progress(Kind kind, Failure reason) : kind_(kind), reason_(std::move(reason)) {}

  Kind kind_;
  Failure reason_;
};

/// An object with a file descriptor, served by a reactor that it was added to (Twisted's IReadWriteDescriptor).
///
/// The reactor shares ownership while the object is registered and lets go when it is removed: at once, or at the end
/// of the pass when it is removed by a callback of that pass. All functions are called on the reactor's thread; each of
/// them may add, remove or close anything, this descriptor included. An exception disconnects the descriptor with that
/// exception as the reason, and is reported.
class Descriptor {
 public:
  Descriptor() = default;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  virtual ~Descriptor() = default;

  /// The file descriptor, or -1 when there is none (any more). Asked when the descriptor is added, when another takes its number, and
  /// after each of its callbacks; never after it was removed (FD-RM-07).
  virtual int fileno() const = 0;

  /// Called while the descriptor is in the read set and can be read, has met its end, or has an error.
  virtual Progress do_read() = 0;

  /// Called while the descriptor is in the write set and can be written, or has an error.
  virtual Progress do_write() = 0;

  /// The descriptor has left both sets and gets no further call.
  virtual void connection_lost(const Failure& reason) = 0;

  /// Opens each line that is reported about this descriptor.
  virtual std::string log_prefix() const { return "descriptor"; }

 private:
  friend class DescriptorTable;
  const void* table_ =
      nullptr;       // the table that this is registered with, at number_: found without a look-up,
  int number_ = -1;  // also when fileno() has become -1 since
  // Removed in a pass, it is kept until the end of that, in a list that needs no memory.
  bool is_kept_ = false;
  std::shared_ptr<Descriptor> next_kept_;
};

/// A role that a Descriptor declares by deriving from it: its two directions end one at a time.
class HalfCloseable {
 public:
  virtual ~HalfCloseable() = default;
  /// Nothing more will be read; the descriptor has left the read set only.
  virtual void read_connection_lost(const Failure& reason) = 0;
  /// Nothing more can be written.
  virtual void write_connection_lost(const Failure& reason) = 0;
};

}  // namespace loopmark
