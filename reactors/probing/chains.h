// SPDX-License-Identifier: MIT
//
// Callbacks that see to it that they are called again, and whether others get a turn.
#pragma once

#include "reactors/probing/common.h"
#include "reactors/probing/lines.h"
#include "reactors/probing/words.h"

namespace loopmark::profile {

/// What becomes of a pipe that is written to in the first of a thousand links of a chain. `make_first` makes that one; it is
/// given what each link asks whether it shall make another.
template <class Loop, class MakeFirst>
Answer chain_answer(Loop& loop, MakeFirst make_first) {
  const Line line = make_pipe();
  int links = 0;
  bool served = false;
  loop.watch(line.near.get(), kRead, [&](Directions) {
    line.take();
    served = true;
  });
  make_first([&] {  // whether there shall be another link
    if (++links == 1) line.put();
    return links < 1000 && !served;
  });
  while (!served) loop.poll();
  if (links < 1000) return {"served", "a pipe that became ready in the first link was served"};
  return {"starved", "a pipe that became ready in the first link waited for a thousand others"};
}

template <class Loop>
Answer zero_timer_chain(const Backend& row, Kernel&) {
  Loop loop(row);
  Function link;
  return chain_answer(loop, [&](std::function<bool()> goes_on) {
    link = [&loop, &link, goes_on] {
      if (goes_on()) loop.arm(Duration::zero(), link);
    };
    loop.arm(Duration::zero(), link);
  });
}

}  // namespace loopmark::profile
