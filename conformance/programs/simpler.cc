// SPDX-License-Identifier: MIT
#include "conformance/programs/simpler.h"

namespace loopmark::conformance::programs {

std::vector<Program> simpler(const Program& program) {
  std::vector<Program> all;
  for (auto action = program.begin(); action != program.end(); ++action) {
    const auto with = [&](const Program& instead) {
      Program& changed = all.emplace_back(program.begin(), action);
      changed.insert(changed.end(), instead.begin(), instead.end());
      changed.insert(changed.end(), action + 1, program.end());
    };
    with({});
    if (!action->body.empty()) with(action->body);
    if (action->kind == Action::Kind::kRun) with({Action{.kind = Action::Kind::kSettle}});
    for (Program& body : simpler(action->body)) {
      Action changed = *action;
      changed.body = std::move(body);
      with({changed});
    }
  }
  return all;
}

}  // namespace loopmark::conformance::programs
