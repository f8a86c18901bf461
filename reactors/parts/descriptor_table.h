// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <vector>

#include "reactors/descriptor.h"
#include "reactors/loop.h"
#include "reactors/parts/error_reports.h"

namespace loopmark {

/// The descriptors of a reactor, by number: who reads and who writes, and what becomes of readiness, of ends and of
/// errors (section FD of the contract). Reactor thread.
class DescriptorTable {
 public:
  DescriptorTable(Loop& loop, ErrorReports& errors) : loop_(loop), errors_(errors) {}
  ~DescriptorTable();
  DescriptorTable(const DescriptorTable&) = delete;
  DescriptorTable& operator=(const DescriptorTable&) = delete;

  /// `direction` is kRead or kWrite. See ReactorFDSet.
  void add(std::shared_ptr<Descriptor> descriptor, Interest direction);
  void remove(Descriptor& descriptor, Interest direction) noexcept;
  std::vector<std::shared_ptr<Descriptor>> remove_all();
  std::vector<std::shared_ptr<Descriptor>> list(Interest direction) const;

  /// Removes all, and tells each that its connection is lost.
  void disconnect_all(const Failure& reason);

  /// As LoopClient.
  void ready(int fd, Ready what) noexcept;
  void refused(int fd, int error) noexcept;

  /// Between the two, descriptors that are removed are kept alive: one of their functions may be on the stack.
  void begin_pass() { in_pass_ = true; }
  void end_pass() {
    in_pass_ = false;
    if (kept_) let_go();
  }

 private:
  struct Slot {
    std::shared_ptr<Descriptor> reader;
    std::shared_ptr<Descriptor> writer;
    unsigned registration =
        0;  // changes when the number is watched anew: what was ready before is not ready now

    std::shared_ptr<Descriptor>& side(Interest direction) {
      return direction == Interest::kRead ? reader : writer;
    }
    Interest interest() const {
      return (reader ? Interest::kRead : Interest::kNone) |
             (writer ? Interest::kWrite : Interest::kNone);
    }
  };

  Slot& slot(int fd) { return slots_[static_cast<std::size_t>(fd)]; }
  Descriptor*& reader(int fd) { return readers_[static_cast<std::size_t>(fd)]; }
  void ready_otherwise(int fd, Ready what) noexcept;
  bool is_watched(int fd, unsigned registration);
  template <Interest direction>
  void serve(int fd) noexcept;
  void drop_closed(int fd);
  // In a pass, or with a reference held: both may let go of the descriptor.
  void lose(Descriptor& descriptor, Interest direction, const Failure& reason) noexcept;
  void end_hung_up(int fd, unsigned registration, bool was_read) noexcept;
  void lose_by_exception(Descriptor& descriptor) noexcept;
  void lose_number(Descriptor& descriptor) noexcept;
  void disconnect(Descriptor& descriptor, const Failure& reason) noexcept;
  void let_go();
  std::string prefix_of(const Descriptor& descriptor) noexcept;

  Loop& loop_;
  ErrorReports& errors_;
  std::vector<Slot> slots_;  // by file descriptor
  // The slots' readers once more, eight in a line of memory: among many descriptors, that line is what an event waits for.
  std::vector<Descriptor*> readers_;
  std::vector<std::shared_ptr<Descriptor>>
      room_;  // for all, so that to remove them needs no memory
  bool in_pass_ = false;
  std::shared_ptr<Descriptor> kept_;  // the first of those that were removed in this pass
};

}  // namespace loopmark
