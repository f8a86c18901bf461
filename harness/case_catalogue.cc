// SPDX-License-Identifier: MIT
#include "harness/case_catalogue.h"

#include <set>

#include "harness/executables.h"
#include "harness/exit_code.h"
#include "harness/framing.h"
#include "harness/json_text.h"

namespace loopmark::harness {
namespace {

/// A list of words, which may be written as an array or as one text with commas or blanks between.
std::vector<std::string> words(const Json& object, const char* member) {
  const auto found = object.find(member);
  if (found == object.end()) return {};
  if (found->is_array()) return found->get<std::vector<std::string>>();
  std::string text = found->get<std::string>();
  for (char& c : text) c = c == ',' ? ' ' : c;
  return words_of(text);
}

CaseInfo read_case(const Json& line) {
  return {.clause = line.at("clause"),
          .name = line.at("name"),
          .requirement = line.value("requirement", ""),
          .catches = words(line, "catches"),
          .uncaught = line.value("uncaught", ""),
          .file = line.value("file", ""),
          .line = line.value("line", 0),
          .needs = words(line, "needs")};
}

}  // namespace

std::vector<CaseInfo> list_cases(const std::string& worker) {
  return read_cases(lines_of_json({worker, "--list-cases"}), worker);
}

std::vector<CaseInfo> read_cases(const std::vector<Json>& lines, const std::string& worker) {
  std::vector<CaseInfo> cases;
  std::set<std::string> ids;
  for (const Json& line : lines) {
    try {
      cases.push_back(read_case(line));
    } catch (const Json::exception& error) {
      throw EnvironmentError(worker + " lists a case that cannot be read: " + reason_of(error));
    }
    if (!ids.insert(cases.back().id()).second) {
      throw EnvironmentError(worker + " lists the case " + cases.back().id() + " twice");
    }
  }
  return cases;
}

}  // namespace loopmark::harness
