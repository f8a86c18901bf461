// SPDX-License-Identifier: MIT
#include "bench/crowd.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "bench/record_time.h"

namespace loopmark::bench {

Crowd::Crowd(std::size_t lights) : lights_(lights), chunks_(lights) {
  need_descriptors(lights + 1, 2);
  greedy_ = make_pair(PairKind::kSocketpair);
  for (Light& light : lights_) {
    DescriptorPair pair = make_pair(PairKind::kSocketpair);
    light.ends = {std::move(pair.reader), std::move(pair.writer)};
  }
  for (std::size_t k = 0; k < kBudget; ++k) chunk_[k] = static_cast<char>(k % 251);
}

int Crowd::descriptor(std::size_t i) const {
  return i == 0 ? greedy_.reader.get() : lights_[(i - 1) / 2].ends[(i - 1) % 2].get();
}

void Crowd::begin_exchange(std::uint64_t bytes, harness::Histogram& waited, Greedy greedy) {
  kind_ = Kind::kExchange;
  greedy_is_ = greedy;
  left_ = bytes;
  waited_ = &waited;
  // Two: the second is there while the first is being read.
  for (int k = 0; greedy == Greedy::kReadable && k < 2; ++k) fill(greedy_.writer.get());
  for (Light& light : lights_) send_byte(light);
}

void Crowd::begin_pump(std::uint64_t chunks) {
  kind_ = Kind::kPump;
  greedy_is_ = Greedy::kSilent;
  left_ = chunks;
  chunks_.assign(lights_.size(), 0);
  for (Light& light : lights_) {
    for (int k = 0; k < 2; ++k) fill(light.ends[0].get());
  }
}

void Crowd::readable(std::size_t i) {
  if (i == 0) {
    if (take_chunk(greedy_.reader.get())) fill(greedy_.writer.get());
    return;
  }
  const std::size_t number = (i - 1) / 2;
  Light& light = lights_[number];
  if (kind_ == Kind::kExchange) return read_byte(light, (i - 1) % 2);
  if (!take_chunk(light.ends[1].get())) return;
  ++chunks_[number];
  fill(light.ends[0].get());
  if (left_ > 0) --left_;
}

void Crowd::settle() {
  if (left_ > 0) fault_.set("the loop ended before all was passed");
  for (Light& light : lights_) {
    if (kind_ == Kind::kExchange) {
      std::uint8_t byte = 0;
      if (::read(light.ends[light.to].get(), &byte, 1) != 1 || byte != light.byte) {
        fault_.set("a byte is lost or changed");
      }
      light.to = 1;
    } else {
      for (int k = 0; k < 2; ++k) {
        if (!take_chunk(light.ends[1].get())) fault_.set("a chunk is lost");
      }
    }
  }
  for (int k = 0; greedy_is_ == Greedy::kReadable && k < 2; ++k) {
    if (!take_chunk(greedy_.reader.get())) fault_.set("a chunk of the greedy connection is lost");
  }
}

void Crowd::send_byte(Light& light) {
  ++light.byte;
  light.sent = Clock::now();
  if (::write(light.ends[1 - light.to].get(), &light.byte, 1) != 1)
    fault_.set("a byte cannot be written");
}

void Crowd::read_byte(Light& light, std::size_t end) {
  std::uint8_t byte = 0;
  const ssize_t count = ::read(light.ends[end].get(), &byte, 1);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;  // readiness is a hint
  if (count != 1 || end != light.to || byte != light.byte)
    return fault_.set("a byte is lost or changed");
  record_time(*waited_, light.sent, Clock::now());
  light.to = 1 - light.to;
  send_byte(light);
  if (left_ > 0) --left_;
}

void Crowd::fill(int fd) {
  if (::write(fd, chunk_.data(), kBudget) != static_cast<ssize_t>(kBudget)) {
    fault_.set("a chunk cannot be written");
  }
}

/// False when there is none.
bool Crowd::take_chunk(int fd) {
  const ssize_t count = ::read(fd, buffer_.data(), kBudget);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (count != static_cast<ssize_t>(kBudget) || buffer_ != chunk_) {
    fault_.set("a chunk is lost or changed");
    return false;
  }
  return true;
}

void Crowd::verify() const {
  fault_.check();
}

}  // namespace loopmark::bench
