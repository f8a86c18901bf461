// SPDX-License-Identifier: MIT
#include "harness/mutant_name.h"

namespace loopmark::harness {

std::string mutant_of(const std::string& row) {
  return row.substr(0, row.find('+'));
}

bool means_mutant(const std::string& name, const std::string& row) {
  const std::string mutant = mutant_of(row);
  return name == mutant || "mutant/" + name == mutant;
}

}  // namespace loopmark::harness
