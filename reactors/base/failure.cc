// SPDX-License-Identifier: MIT
#include "reactors/base/failure.h"

namespace loopmark {

std::string Failure::message() const {
  try {
    if (exception_) std::rethrow_exception(exception_);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "an exception that is not a std::exception";
  }
  return "no failure";
}

}  // namespace loopmark
