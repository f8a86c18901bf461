# SPDX-License-Identifier: MIT
#
# Writes HEADER, when it changes: which commit the tree at SOURCE is; "" where there is no git, or it is no clone of its own.
execute_process(COMMAND git -C ${SOURCE} rev-parse --show-toplevel
  OUTPUT_VARIABLE top OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=12 --exclude=*
  OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed OR NOT top STREQUAL SOURCE)
  set(commit "")
endif()
file(CONFIGURE OUTPUT ${HEADER} CONTENT "// Written by commit.cmake.
#pragma once

namespace loopmark::harness {
inline constexpr const char* kCommit = \"${commit}\";
}
")
