// SPDX-License-Identifier: MIT
#include "reactors/parts/descriptor_table.h"

#include <fcntl.h>

#include <cstring>
#include <stdexcept>
#include <utility>

#include "reactors/base/check.h"
#include "reactors/errors.h"

namespace loopmark {

DescriptorTable::~DescriptorTable() {
  for (std::size_t number = 0; number < slots_.size(); ++number) {
    for (const Interest direction : {Interest::kRead, Interest::kWrite}) {
      if (const std::shared_ptr<Descriptor> left = slots_[number].side(direction))
        remove(*left, direction);
    }
  }
}

void DescriptorTable::add(std::shared_ptr<Descriptor> descriptor, Interest direction) {
  if (!descriptor) throw std::invalid_argument("add: no descriptor");
  const int fd = descriptor->fileno();
  if (descriptor->table_ != nullptr && descriptor->table_ != this) {
    throw std::logic_error("the descriptor is registered with another reactor");
  }
  if (fd < 0) throw_errno("add: the descriptor has no file descriptor", EBADF);
  if (descriptor->table_ == this && descriptor->number_ != fd) {
    throw std::logic_error("the descriptor has changed its number while it was registered");
  }
  const auto number = static_cast<std::size_t>(fd);
  if (number >= slots_.size()) {
    // The slots, which are asked, grow last: when that fails, the next add() does both.
    readers_.resize(number + 1);
    slots_.resize(number + 1);
  }
  drop_closed(fd);
  room_.reserve(2 * slots_.capacity());
  Slot& slot = slots_[number];
  std::shared_ptr<Descriptor>& side = slot.side(direction);
  if (side == descriptor) return;
  if (side) throw std::logic_error("the file descriptor has another reader or writer already");
  const bool is_new = slot.interest() == Interest::kNone;
  if (is_new) check_call(::fcntl(fd, F_GETFD), "add");
  loop_.watch(fd, slot.interest() | direction);
  if (is_new) ++slot.registration;
  descriptor->table_ = this;
  descriptor->number_ = fd;
  if (direction == Interest::kRead) reader(fd) = descriptor.get();
  side = std::move(descriptor);
}

void DescriptorTable::drop_closed(int fd) {
  // The number is about to be registered. Whoever is registered for it and has another number by now was closed behind
  // our back: its registration in the kernel is gone with its file, or is not for this one.
  for (const Interest direction : {Interest::kRead, Interest::kWrite}) {
    const std::shared_ptr<Descriptor> old = slot(fd).side(direction);
    try {
      if (old && old->fileno() != fd) {
        disconnect(*old, Failure::made_by(
                             [] { return ConnectionLost("closed while it was registered"); }));
      }
    } catch (...) {
      lose_by_exception(*old);  // and not the newcomer
    }
  }
}

void DescriptorTable::remove(Descriptor& descriptor, Interest direction) noexcept {
  if (descriptor.table_ != this) return;
  const int fd = descriptor.number_;
  Slot& slot = this->slot(fd);
  if (slot.side(direction).get() != &descriptor) return;
  // Declared first, so that it is let go last: the descriptor may die here, and its destructor may call us.
  const std::shared_ptr<Descriptor> removed = std::exchange(slot.side(direction), nullptr);
  if (direction == Interest::kRead) reader(fd) = nullptr;
  if (in_pass_ && !std::exchange(removed->is_kept_, true))
    removed->next_kept_ = std::exchange(kept_, removed);
  if (slot.reader != removed && slot.writer != removed) {
    descriptor.table_ = nullptr;
    descriptor.number_ = -1;
  }
  if (slot.interest() == Interest::kNone) {
    loop_.unwatch(fd);
  } else {
    errors_.guard("remove", [&] { loop_.watch(fd, slot.interest()); });
  }
}

std::vector<std::shared_ptr<Descriptor>> DescriptorTable::remove_all() {
  std::vector<std::shared_ptr<Descriptor>> all = std::exchange(room_, {});
  for (std::size_t number = 0; number < slots_.size(); ++number) {
    for (const Interest direction : {Interest::kRead, Interest::kWrite}) {
      const std::shared_ptr<Descriptor> descriptor = slots_[number].side(direction);
      if (!descriptor) continue;
      all.push_back(descriptor);
      remove(*descriptor, Interest::kRead);
      remove(*descriptor, Interest::kWrite);
    }
  }
  return all;
}

std::vector<std::shared_ptr<Descriptor>> DescriptorTable::list(Interest direction) const {
  std::vector<std::shared_ptr<Descriptor>> listed;
  for (const Slot& slot : slots_) {
    const auto& side = direction == Interest::kRead ? slot.reader : slot.writer;
    if (side) listed.push_back(side);
  }
  return listed;
}

void DescriptorTable::disconnect_all(const Failure& reason) {
  for (const std::shared_ptr<Descriptor>& descriptor : remove_all()) {
    disconnect(*descriptor, reason);
  }
}

void DescriptorTable::ready(int fd, Ready what) noexcept {
  if (what == Ready::kRead) return serve<Interest::kRead>(fd);  // nearly always
  ready_otherwise(fd, what);
}

void DescriptorTable::ready_otherwise(int fd, Ready what) noexcept {
  // An end or an error is shown to whoever is there, so that read() or write() can tell which it is. That way an error
  // that is none of the connection's, such as a refused datagram, does not end it.
  const bool end = any(what & (Ready::kHangup | Ready::kError));
  const unsigned registration = slot(fd).registration;
  const bool was_read = slot(fd).reader != nullptr;
  if (any(what & Ready::kRead) || end) serve<Interest::kRead>(fd);
  if (!is_watched(fd, registration)) return;
  if (any(what & Ready::kWrite) || end) serve<Interest::kWrite>(fd);
  if (any(what & Ready::kHangup) && !any(what & Ready::kRead)) {
    end_hung_up(fd, registration, was_read);
  }
}

/// Hung up with nothing left to read, and perhaps still registered: the kernel would report it for ever.
void DescriptorTable::end_hung_up(int fd, unsigned registration, bool was_read) noexcept {
  const Failure reason = was_read ? Failure::made_by([] { return ConnectionDone(); })
                                  : Failure::made_by([] { return ConnectionLost(); });
  for (const Interest direction : {Interest::kRead, Interest::kWrite}) {
    if (slot(fd).registration != registration) return;
    const std::shared_ptr<Descriptor> left = slot(fd).side(direction);
    if (left) disconnect(*left, reason);
  }
}

bool DescriptorTable::is_watched(int fd, unsigned registration) {
  return slot(fd).registration == registration && slot(fd).interest() != Interest::kNone;
}

/// Calls do_read or do_write of whoever is there.
template <Interest direction>
void DescriptorTable::serve(int fd) noexcept {
  Descriptor* const descriptor = direction == Interest::kRead ? reader(fd) : slot(fd).writer.get();
  if (descriptor == nullptr) return;
  try {
    const Progress progress =
        direction == Interest::kRead ? descriptor->do_read() : descriptor->do_write();
    if (progress.is_lost()) {
      lose(*descriptor, direction, progress.reason());
    } else if (descriptor->table_ == this && descriptor->fileno() != descriptor->number_) {
      lose_number(*descriptor);
    }
  } catch (...) {
    lose_by_exception(*descriptor);
  }
}

/// The one that is being handled.
void DescriptorTable::lose_by_exception(Descriptor& descriptor) noexcept {
  const Failure failure = Failure::current();
  errors_.report(failure, prefix_of(descriptor));
  disconnect(descriptor, failure);
}

void DescriptorTable::lose_number(Descriptor& descriptor) noexcept {
  disconnect(descriptor,
             Failure::made_by([] { return ConnectionLost("the file descriptor went away"); }));
}

void DescriptorTable::lose(Descriptor& descriptor, Interest direction,
                           const Failure& reason) noexcept {
  auto* const half = direction == Interest::kRead && reason.is<ConnectionDone>()
                         ? dynamic_cast<HalfCloseable*>(&descriptor)
                         : nullptr;
  if (half == nullptr) return disconnect(descriptor, reason);
  remove(descriptor, Interest::kRead);
  try {
    half->read_connection_lost(reason);
    if (descriptor.table_ == this && descriptor.fileno() != descriptor.number_)
      lose_number(descriptor);
  } catch (...) {
    lose_by_exception(descriptor);
  }
}

void DescriptorTable::disconnect(Descriptor& descriptor, const Failure& reason) noexcept {
  remove(descriptor, Interest::kRead);
  remove(descriptor, Interest::kWrite);
  try {
    descriptor.connection_lost(reason);
  } catch (...) {
    errors_.report(Failure::current(), prefix_of(descriptor));
  }
}

void DescriptorTable::refused(int fd, int error) noexcept {
  const Failure reason = Failure::made_by([error] {
    return ConnectionLost(std::string("cannot be watched: ") + std::strerror(error));
  });
  for (const Interest direction : {Interest::kRead, Interest::kWrite}) {
    const std::shared_ptr<Descriptor> left = slot(fd).side(direction);
    if (left) disconnect(*left, reason);
  }
}

void DescriptorTable::let_go() {
  while (kept_) {
    const std::shared_ptr<Descriptor> first = std::move(kept_);
    kept_ = std::move(first->next_kept_);
    first->is_kept_ = false;
  }
}

std::string DescriptorTable::prefix_of(const Descriptor& descriptor) noexcept {
  try {
    return descriptor.log_prefix();
  } catch (...) {
    return "descriptor";  // a log_prefix() that throws costs only itself (FD-PASS-03)
  }
}

}  // namespace loopmark
