// SPDX-License-Identifier: MIT
#pragma once

#include "reactors/backend.h"

namespace loopmark {

/// What a module's entry function has returned. Throws std::invalid_argument with what is wrong and what to do: null,
/// another interface, no rows, or so many that it can be no table.
void check_table(const Module* table);

/// A row, before anything is made of it. Throws std::invalid_argument with what is wrong: a name that is malformed, a
/// function that is missing, a text or a list that is null or so long that it can be none, a value that there is not.
/// What a pointer that is not null points to nobody can check.
void check_row(const Backend& row);

}  // namespace loopmark
