// SPDX-License-Identifier: MIT
//
// CONTRACT.md, put into the program by the assembler: compilers need not take a string literal of
// that length.
#include <string_view>

#include "harness/contract.h"

asm(R"(
  .pushsection .rodata
  .global loopmark_contract_begin
  .global loopmark_contract_end
loopmark_contract_begin:
  .incbin ")" LOOPMARK_CONTRACT_FILE R"("
loopmark_contract_end:
  .popsection
)");

extern "C" const char loopmark_contract_begin[];
extern "C" const char loopmark_contract_end[];

namespace loopmark::harness {

std::string_view contract_text() {
  return {loopmark_contract_begin,
          static_cast<std::size_t>(loopmark_contract_end - loopmark_contract_begin)};
}

}  // namespace loopmark::harness
