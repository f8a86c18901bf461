// SPDX-License-Identifier: MIT
//
// A module whose row has a text of five bytes at null.
#include "reactors/backend.h"

namespace {

std::string version() {
  return "1";
}
std::unique_ptr<loopmark::Reactor> make() {
  return nullptr;
}

}  // namespace

const loopmark::Module* loopmark_module() {
  static const loopmark::Backend row{.name = "null_description",
                                     .description = {nullptr, 5},
                                     .library = "none",
                                     .mechanism = "none",
                                     .compiled_version = "1",
                                     .runtime_version = version,
                                     .timer_resolution = loopmark::Duration(1),
                                     .make = make};
  static const loopmark::Module module{.rows = &row, .row_count = 1};
  return &module;
}
