// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/service.h"
#include "reactors/library_loop.h"

namespace loopmark::bench {

/// Carries a service by a library's own loop.
template <class S>
class LibraryService final : public Carrier {
 public:
  LibraryService(std::unique_ptr<LibraryLoop> loop, S& service)
      : loop_(std::move(loop)), service_(service) {
    service_.open(*this);
  }

  void want(std::size_t i, int fd, Want want) {
    if (want == Want::kNothing) return forget(i);
    if (i >= ends_.size()) ends_.resize(i + 1);
    if (!ends_[i]) ends_[i] = std::make_unique<End>(End{this, i});
    End& end = *ends_[i];
    withdraw(end);
    end.fd = fd;
    end.wanted = want;
    if (want == Want::kRead) {
      loop_->watch_read(fd, on_readable, &end);
    } else {
      loop_->watch_write(fd, on_writable, &end);
    }
  }

  void forget(std::size_t i) {
    withdraw(*ends_[i]);
    ends_[i]->wanted = Want::kNothing;
  }

  void carry() override {
    if (!service_.done()) loop_->run();
  }
  std::string evidence() const override { return loop_->evidence(); }

 private:
  struct End {
    LibraryService* carrier;
    std::size_t i;
    int fd = -1;
    Want wanted = Want::kNothing;
  };

  static void on_readable(void* context) {
    const End& end = *static_cast<End*>(context);
    end.carrier->service_.readable(end.i, *end.carrier);
    end.carrier->end_when_done();
  }
  static void on_writable(void* context) {
    const End& end = *static_cast<End*>(context);
    end.carrier->service_.writable(end.i, *end.carrier);
    end.carrier->end_when_done();
  }

  void withdraw(const End& end) {
    if (end.wanted == Want::kRead) loop_->unwatch_read(end.fd);
    if (end.wanted == Want::kWrite) loop_->unwatch_write(end.fd);
  }

  void end_when_done() {
    if (service_.done()) loop_->stop();
  }

  std::unique_ptr<LibraryLoop> loop_;
  S& service_;
  std::vector<std::unique_ptr<End>> ends_;  // where they are does not change
};

}  // namespace loopmark::bench
