// SPDX-License-Identifier: MIT
#include "harness/run_record.h"

#include <fmt/format.h>

#include <span>
#include <stdexcept>
#include <string>

namespace loopmark::harness {
namespace {

struct Kind {
  const char* words;
  bool (*fits)(const Json& value);
};
constexpr Kind kText{"a text", [](const Json& value) { return value.is_string(); }};
constexpr Kind kNumber{"a number", [](const Json& value) { return value.is_number(); }};
constexpr Kind kBoolean{"true or false", [](const Json& value) { return value.is_boolean(); }};
constexpr Kind kList{"a list", [](const Json& value) { return value.is_array(); }};
constexpr Kind kObject{"an object", [](const Json& value) { return value.is_object(); }};

struct Member {
  const char* name;
  Kind kind;
  bool needed;
};
constexpr Member kRecordMembers[] = {{"id", kText, true},
                                     {"tool", kObject, true},
                                     {"machine", kObject, true},
                                     {"parts", kObject, true}};
constexpr Member kToolMembers[] = {{"version", kText, false},
                                   {"commit", kText, false},
                                   {"build_type", kText, false},
                                   {"contract", kText, false}};
constexpr Member kMachineMembers[] = {{"processor", kText, false},
                                      {"processors", kNumber, false},
                                      {"kernel", kText, false},
                                      {"mhz", kText, false}};
constexpr Member kPartMembers[] = {{"complete", kBoolean, true},
                                   {"started", kText, true},
                                   {"arguments", kList, true},
                                   {"backends", kList, true}};
constexpr Member kBackend[] = {
    {"backend", kText, true}, {"library", kText, false}, {"runtime_version", kText, false}};

void require(const Json& value, const Kind& kind, const std::string& where) {
  if (!kind.fits(value))
    throw std::invalid_argument(fmt::format("{} is not {}", where, kind.words));
}

void check(const Json& object, const std::string& where, std::span<const Member> members) {
  require(object, kObject, where);
  for (const Member& member : members) {
    const auto found = object.find(member.name);
    const std::string place = where + "/" + member.name;
    if (found != object.end()) {
      require(*found, member.kind, place);
    } else if (member.needed) {
      throw std::invalid_argument(place + " is missing");
    }
  }
}

void check_part(const Json& part, const std::string& where) {
  check(part, where, kPartMembers);
  for (const Json& each : part.at("arguments")) require(each, kText, where + "/arguments/...");
  for (const Json& each : part.at("backends")) check(each, where + "/backends/...", kBackend);
}

}  // namespace

void check_run_record(const Json& record) {
  check(record, "", kRecordMembers);
  check(record.at("tool"), "/tool", kToolMembers);
  check(record.at("machine"), "/machine", kMachineMembers);
  for (const char* const name : {"conform", "bench"}) {
    const auto part = record.at("parts").find(name);
    if (part != record.at("parts").end()) check_part(*part, std::string("/parts/") + name);
  }
}

}  // namespace loopmark::harness
