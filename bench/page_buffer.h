// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

namespace loopmark::bench {

/// Bytes that begin with a page. What a copy takes depends on how its ends lie within theirs; on the heap that follows
/// from what an arm has allocated before, and showed as 8 % between two arms that copied 16 KiB.
class PageBuffer {
 public:
  explicit PageBuffer(std::size_t size) : bytes_(new (kPage) std::uint8_t[size]()), size_(size) {}

  std::uint8_t* data() { return bytes_.get(); }
  const std::uint8_t* data() const { return bytes_.get(); }
  std::size_t size() const { return size_; }

 private:
  static constexpr std::align_val_t kPage{4096};
  struct Free {
    void operator()(std::uint8_t* bytes) const { ::operator delete[](bytes, kPage); }
  };

  std::unique_ptr<std::uint8_t[], Free> bytes_;
  std::size_t size_;
};

}  // namespace loopmark::bench
