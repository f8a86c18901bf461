// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "conformance/faults.h"

namespace loopmark::conformance::faults {

/// Where `fault` may turn the case `case_name` red though no exception and no line of a log names its error: why.
std::string stated_outcome(const Fault& fault, const std::string& case_name);

}  // namespace loopmark::conformance::faults
