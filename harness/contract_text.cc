// SPDX-License-Identifier: MIT
//
// CONTRACT.md and FAULTS.md, put into the program by the assembler: compilers need not take a string literal of
// that length.
#include <string_view>

#include "harness/contract.h"
#include "harness/fault_map.h"

asm(R"(
  .pushsection .rodata
  .global loopmark_contract_begin
  .global loopmark_contract_end
loopmark_contract_begin:
  .incbin ")" LOOPMARK_CONTRACT_FILE R"("
loopmark_contract_end:
  .global loopmark_faults_begin
  .global loopmark_faults_end
loopmark_faults_begin:
  .incbin ")" LOOPMARK_FAULTS_FILE R"("
loopmark_faults_end:
  .popsection
)");

extern "C" const char loopmark_contract_begin[];
extern "C" const char loopmark_contract_end[];
extern "C" const char loopmark_faults_begin[];
extern "C" const char loopmark_faults_end[];

namespace loopmark::harness {

std::string_view contract_text() {
  return {loopmark_contract_begin,
          static_cast<std::size_t>(loopmark_contract_end - loopmark_contract_begin)};
}

std::string_view fault_text() {
  return {loopmark_faults_begin,
          static_cast<std::size_t>(loopmark_faults_end - loopmark_faults_begin)};
}

}  // namespace loopmark::harness
