// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>

#include "conformance/programs/program.h"
#include "reactors/backend.h"

namespace loopmark::conformance::programs {

/// What a program did on a reactor.
struct Performed {
  std::size_t actions = 0;
  std::size_t calls = 0;  // of the reactor's, to the program
};

/// Runs `program` on a reactor of `backend`, beside the model, on the virtual clock (kernel.h): in a process of its own,
/// for a reactor that is wrong may not come back. When the contract is broken, `broken` is told how and must not return.
/// `folder` is for sockets.
Performed perform(const Program& program, const Backend& backend,
                  const std::filesystem::path& folder,
                  const std::function<void(const std::string&)>& broken);

}  // namespace loopmark::conformance::programs
