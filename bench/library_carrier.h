// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/traffic.h"
#include "bench/watch_or_refuse.h"
#include "reactors/library_loop.h"

namespace loopmark::bench {

/// By a library's own loop.
template <Traffic T>
class LibraryCarrier final : public Carrier {
 public:
  LibraryCarrier(std::unique_ptr<LibraryLoop> loop, T& traffic)
      : loop_(std::move(loop)), traffic_(traffic), ends_(traffic.size()) {
    for (std::size_t i = 0; i < traffic.size(); ++i) {
      ends_[i] = {this, i};
      const int fd = traffic.descriptor(i);
      watch_or_refuse(fd, [&] { loop_->watch_read(fd, on_readable, &ends_[i]); });
    }
  }

  void carry() override {
    if (!traffic_.done()) loop_->run();
  }
  std::string evidence() const override { return loop_->evidence(); }

 private:
  struct End {
    LibraryCarrier* carrier;
    std::size_t i;
  };

  static void on_readable(void* context) {
    const End& end = *static_cast<End*>(context);
    end.carrier->traffic_.readable(end.i);
    if (end.carrier->traffic_.done()) end.carrier->loop_->stop();
  }

  std::unique_ptr<LibraryLoop> loop_;
  T& traffic_;
  std::vector<End> ends_;
};

}  // namespace loopmark::bench
