// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "conformance/programs/model.h"
#include "conformance/programs/performance.h"
#include "conformance/programs/program.h"
#include "reactors/base/unique_fd.h"
#include "reactors/descriptor.h"

namespace loopmark::conformance::programs {

/// The near end of a line, which is the reactor's, and what it does when it is called: a body once, each.
class LineEnd : public Descriptor {
 public:
  LineEnd(Performance& performance, UniqueFd near, UniqueFd far, Watched watched);

  int fileno() const override { return near_.get(); }
  Progress do_read() override;
  Progress do_write() override;
  void connection_lost(const Failure& reason) override;

  const UniqueFd& far() const { return far_; }
  void close_far() { far_.reset(); }
  void close();

 protected:
  void end_of_reading();

 private:
  Progress read();
  Progress write();
  void run_body(Program& body);
  void lose();

  Performance& performance_;
  UniqueFd near_;
  UniqueFd far_;

 public:
  Watched state;
  Program on_read, on_write, on_lost;
};

/// The near end of a new line with this number.
std::shared_ptr<LineEnd> new_line(Performance& performance, int number);

}  // namespace loopmark::conformance::programs
