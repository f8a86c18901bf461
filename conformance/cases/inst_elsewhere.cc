// SPDX-License-Identifier: MIT
//
// Another translation unit, for INST-EXP-01.
#include "reactors/install.h"

namespace loopmark::conformance {

Reactor& installed_as_seen_elsewhere();

Reactor& installed_as_seen_elsewhere() {
  return installed_reactor();
}

}  // namespace loopmark::conformance
