// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include "reactors/backend.h"

namespace loopmark {

/// The rows of our own loop, one an event provider.
std::span<const Backend> native_rows();

}  // namespace loopmark
