// SPDX-License-Identifier: MIT
#include "harness/origin.h"

#include <fmt/format.h>

#include <set>
#include <vector>

#include "harness/json.h"

namespace loopmark::harness {

Origin origin_of(const RunFolder& folder) {
  const Json& part = folder.part("bench");
  const Json& machine = folder.record().at("machine");
  std::set<std::string> libraries;
  for (const Json& backend : part.at("backends")) {
    const std::string library = backend.value("library", "");
    if (library.empty() || library == "loopmark") continue;
    libraries.insert(library + " " + backend.value("runtime_version", ""));
  }
  std::string system = fmt::format("{} x {}, {}", machine.value("processors", 0),
                                   machine.value("processor", "unknown processor"),
                                   machine.value("kernel", "unknown kernel"));
  for (const std::string& library : libraries) system += ", " + library;
  const Json& tool = folder.record().at("tool");
  std::string version = tool.value("version", "");
  if (const std::string commit = tool.value("commit", ""); !commit.empty())
    version += " (" + commit + ")";
  const std::string day = part.at("started").get<std::string>().substr(0, 10);
  return {system,
          fmt::format("loopmark {}, {}: {}", version, day,
                      fmt::join(part.at("arguments").get<std::vector<std::string>>(), " "))};
}

}  // namespace loopmark::harness
