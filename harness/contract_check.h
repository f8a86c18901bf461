// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "harness/backend_catalogue.h"
#include "harness/case_catalogue.h"
#include "harness/contract.h"

namespace loopmark::harness {

/// What is wrong between the contract, the cases and the mutants, a sentence each: a clause that is
/// to be judged and has no case, or has one though it gives a reason for none; a case of an unknown
/// clause; a section whose counts are not those of its rows; a case that names no mutant, or an
/// unknown one.
std::vector<std::string> check_contract(const Contract& contract,
                                        const std::vector<CaseInfo>& cases,
                                        const std::vector<BackendInfo>& mutants);

}  // namespace loopmark::harness
