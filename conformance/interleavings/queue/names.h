// SPDX-License-Identifier: MIT
//
// The names of the standard library that the queue of thread calls is written with, made of Relacy's: so each access to an
// atomic or a mutex is a step of its search, and what is read and written without order is found. All other names are the
// standard library's own. For a source that is included with `std` standing for `on_relacy`.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <vector>

#include <relacy/relacy.hpp>

// Relacy gives these words another meaning in what follows.
#undef new
#undef delete
#undef malloc
#undef calloc
#undef realloc
#undef free
#undef assert
#undef errno
#undef memory_order_relaxed
#undef memory_order_consume
#undef memory_order_acquire
#undef memory_order_release
#undef memory_order_acq_rel
#undef memory_order_seq_cst

namespace on_relacy {

using namespace std;

constexpr rl::memory_order memory_order_relaxed = rl::mo_relaxed;
constexpr rl::memory_order memory_order_acquire = rl::mo_acquire;
constexpr rl::memory_order memory_order_release = rl::mo_release;
constexpr rl::memory_order memory_order_seq_cst = rl::mo_seq_cst;

class mutex {
 public:
  void lock() { mutex_.lock(RL_INFO); }
  void unlock() { mutex_.unlock(RL_INFO); }

 private:
  rl::mutex mutex_;
};

template <class T>
class atomic {
 public:
  atomic(T value) : atomic_(value) {}
  T load(rl::memory_order order = rl::mo_seq_cst) const { return atomic_.load(order, RL_INFO); }
  void store(T value, rl::memory_order order = rl::mo_seq_cst) {
    atomic_.store(value, order, RL_INFO);
  }
  T exchange(T value, rl::memory_order order = rl::mo_seq_cst) {
    return atomic_.exchange(value, order, RL_INFO);
  }

 private:
  rl::atomic<T> atomic_;
};

/// With room for a few, inside: for each block of memory that is freed Relacy would try what becomes of it.
template <class T>
class vector {
 public:
  void push_back(T value) {
    write();
    items_.at(size_++) = std::move(value);
  }
  void swap(vector& other) {
    write();
    other.write();
    std::swap(items_, other.items_);
    std::swap(size_, other.size_);
  }
  void clear() {
    write();
    size_ = 0;
  }
  std::size_t size() const {
    read();
    return size_;
  }
  T* begin() {
    write();
    return items_.data();
  }
  T* end() { return items_.data() + size_; }

 private:
  void read() const { static_cast<void>(accessed_(RL_INFO).load()); }
  void write() { accessed_(RL_INFO).store(0); }

  std::array<T, 8> items_{};
  std::size_t size_ = 0;
  rl::var<int> accessed_{0};  // Relacy finds two accesses without order, one of which writes
};

}  // namespace on_relacy
