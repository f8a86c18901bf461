// SPDX-License-Identifier: MIT
//
// Where event loops differ without either being wrong: what surprises who goes from one to the other. One list for all
// libraries; each answers every subject, by a probe (reactors/library_profile.h) or by saying why there is none.
#pragma once

#include <span>
#include <string_view>

namespace loopmark::profile {

struct Subject {
  std::string_view id;
  std::string_view topic;
  std::string_view question;
  std::string_view answers;  // one word each, with blanks between
  std::string_view
      contract;  // what our contract decides, in the same words where it decides; "-": nothing
  std::string_view clauses;  // ids in CONTRACT.md, with blanks between
};

/// By topic, in the order in which they are shown.
std::span<const Subject> subjects();

/// The subject of that id, or null.
const Subject* find_subject(std::string_view id);

/// Whether `word` is among the answers of `subject`, or says that there is none.
bool is_answer(const Subject& subject, std::string_view word);

}  // namespace loopmark::profile
