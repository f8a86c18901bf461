// SPDX-License-Identifier: MIT
#include "bench/ring.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <string>

#include "bench/memory_link.h"
#include "bench/workload.h"
#include "reactors/base/check.h"

namespace loopmark::bench {
namespace {

/// A step for walking round `count` places that visits each of them, and those of any short walk lie
/// far from each other: about the golden section.
std::size_t spreading_step(std::size_t count) {
  auto step = static_cast<std::size_t>(0.618 * static_cast<double>(count));
  while (std::gcd(std::max<std::size_t>(step, 1), count) != 1) ++step;
  return std::max<std::size_t>(step, 1);
}

}  // namespace

std::vector<std::uint32_t> visiting_order(std::size_t count, RingOrder order) {
  std::vector<std::uint32_t> visited;
  if (order == RingOrder::kRandom) {
    visited.resize(count);
    std::iota(visited.begin(), visited.end(), 0);
    std::shuffle(visited.begin(), visited.end(), std::mt19937_64(1));
    return visited;
  }
  constexpr std::size_t kRun = 4;
  const std::size_t runs = (count + kRun - 1) / kRun;
  const std::size_t step = spreading_step(runs);
  for (std::size_t run = 0; visited.size() < count; run = (run + step) % runs) {
    for (std::size_t i = run * kRun; i < std::min(count, (run + 1) * kRun); ++i) {
      visited.push_back(static_cast<std::uint32_t>(i));
    }
  }
  return visited;
}

RingSize ring_size(const Parameters& parameters) {
  const std::uint64_t fds = positive(parameters, "fds");
  const std::uint64_t active = positive(parameters, "active");
  if (active > fds) {
    throw std::invalid_argument("active=" + std::to_string(active) + " is more than fds=" +
                                std::to_string(fds) + ": not so many can be active");
  }
  return {fds, active};
}

std::vector<KernelLink> kernel_links(std::size_t count, PairKind kind) {
  need_descriptors(count, 2);
  std::vector<KernelLink> links;
  links.reserve(count);
  for (std::size_t i = 0; i < count; ++i) links.emplace_back(make_pair(kind));
  return links;
}

std::vector<EventfdLink> eventfd_links(std::size_t count) {
  need_descriptors(count);
  std::vector<EventfdLink> links;
  links.reserve(count);
  constexpr int kFlags = EFD_NONBLOCK | EFD_CLOEXEC | EFD_SEMAPHORE;  // a read takes one
  for (std::size_t i = 0; i < count; ++i)
    links.emplace_back(UniqueFd(check_call(::eventfd(0, kFlags), "eventfd")));
  return links;
}

template <class Link>
BasicRing<Link>::BasicRing(std::vector<Link> links, std::size_t active, RingOrder order)
    : order_(visiting_order(links.size(), order)), active_(active) {
  pairs_.reserve(links.size());
  for (Link& link : links) pairs_.push_back({std::move(link)});
  for (std::size_t k = 0; k < order_.size(); ++k) {
    pairs_[order_[k]].next = order_[(k + 1) % order_.size()];
  }
  for (std::size_t i = 0; i < pairs_.size(); ++i) {
    // The first byte through a pipe makes the kernel allocate a page for it: that is set-up, too.
    write_into(i);
    unread_ = 1;
    readable(i);
  }
}

template <class Link>
void BasicRing<Link>::start(std::uint64_t events) {
  undelivered_ += std::exchange(unread_, events);
  const std::size_t space = pairs_.size() / active_;
  for (std::size_t k = 0; k < active_; ++k) {
    write_into(order_[(first_ + k * space) % pairs_.size()]);
  }
  // The next slot goes on from where this one ends, or short slots would visit the same few pairs,
  // warm in the cache.
  first_ = (first_ + events / active_) % pairs_.size();
}

template <class Link>
void BasicRing<Link>::not_read(std::size_t i, int error) {
  // Nothing there after all is no fault: readiness is a hint.
  if (error != EAGAIN && error != EINTR) fail(i, "cannot be read");
}

template <class Link>
void BasicRing<Link>::fail(std::size_t i, const char* what) {
  fault_.set("pair " + std::to_string(i) + ": " + what);
  undelivered_ += std::exchange(unread_, 0);  // ends the slot
}

template <class Link>
void BasicRing<Link>::verify() const {
  fault_.check();
  if (undelivered() > 0) {
    throw WorkIsWrong(std::to_string(undelivered()) + " events were not delivered");
  }
  for (std::size_t i = 0; i < pairs_.size(); ++i) {
    if (pairs_[i].bytes_read != pairs_[i].bytes_written) {
      throw WorkIsWrong("pair " + std::to_string(i) + " holds bytes that were not delivered");
    }
  }
}

template class BasicRing<KernelLink>;
template class BasicRing<EventfdLink>;
template class BasicRing<MemoryLink>;

}  // namespace loopmark::bench
