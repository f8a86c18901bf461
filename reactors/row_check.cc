// SPDX-License-Identifier: MIT
#include "reactors/row_check.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace loopmark {
namespace {

constexpr std::size_t kMostRows = 1000;
constexpr std::size_t kMostDeviations = 1000;
constexpr std::size_t kLongestText = 4096;

[[noreturn]] void refuse(const std::string& why) {
  throw std::invalid_argument(why);
}

/// A line of text, or none. `of` is whose it is.
void check_text(std::string_view text, const std::string& what, const std::string& of) {
  if (text.data() == nullptr && !text.empty()) refuse(of + " has a " + what + " that is null");
  if (text.size() > kLongestText) {
    refuse(of + " has a " + what + " of " + std::to_string(text.size()) + " bytes, at most " +
           std::to_string(kLongestText) + " are allowed");
  }
  const auto control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; };
  if (std::any_of(text.begin(), text.end(), control))
    refuse(of + " has a " + what + " with a control character in it");
}

bool well_formed(std::string_view name) {
  const auto legal = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '+' || c == '/';
  };
  return !name.empty() && std::all_of(name.begin(), name.end(), legal) && name.front() != '/' &&
         name.back() != '/' && std::count(name.begin(), name.end(), '/') <= 1;
}

void check_names(const Backend& row) {
  check_text(row.name, "name", "a row");
  check_text(row.alias, "alias", "a row");
  if (!well_formed(row.name) || (!row.alias.empty() && !well_formed(row.alias)))
    refuse("'" + std::string(row.name) + "' is no backend name: use a-z 0-9 _ + and at most one /");
  if (row.alias == row.name) refuse("backend '" + std::string(row.name) + "' is its own alias");
}

void check_deviation(const Deviation& deviation, const std::string& of) {
  check_text(deviation.clause, "deviation's clause", of);
  check_text(deviation.reason, "deviation's reason", of);
  check_text(deviation.source, "deviation's source", of);
  check_text(deviation.program, "deviation's program", of);
  if (deviation.clause.empty()) refuse(of + " deviates from a clause without a name");
  if (deviation.how > Deviates::kHangs)
    refuse(of + " deviates from " + std::string(deviation.clause) + " in no known way");
}

}  // namespace

void check_table(const Module* table) {
  if (table == nullptr) refuse("its entry function returned null; return a table of rows");
  if (table->interface != kBackendInterface || table->row_size != sizeof(Backend)) {
    refuse("was built for backend interface " + std::to_string(table->interface) + " (rows of " +
           std::to_string(table->row_size) + " bytes), this is interface " +
           std::to_string(kBackendInterface) + " (" + std::to_string(sizeof(Backend)) +
           " bytes); build it anew with these headers");
  }
  if (table->rows == nullptr || table->row_count == 0)
    refuse("its table has no rows; list at least one backend");
  if (table->row_count > kMostRows) {
    refuse("its table has " + std::to_string(table->row_count) + " rows, at most " +
           std::to_string(kMostRows) + " are allowed");
  }
}

void check_row(const Backend& row) {
  check_names(row);
  const std::string of = "backend '" + std::string(row.name) + "'";
  check_text(row.description, "description", of);
  check_text(row.library, "library", of);
  check_text(row.mechanism, "mechanism", of);
  check_text(row.compiled_version, "compiled version", of);
  check_text(row.left_to_chance, "sentence on what is left to chance", of);
  if (row.make == nullptr || row.runtime_version == nullptr)
    refuse(of + " lacks make() or runtime_version()");
  constexpr Capability kAll = Capability::kBasic | Capability::kPassOrder | Capability::kExactWaits;
  if (without(row.capabilities, kAll) != Capability::kNone)
    refuse(of + " has a capability that there is not");
  if (row.timer_resolution < Duration::zero()) refuse(of + " has a negative timer resolution");
  if (row.deviations.size() > kMostDeviations ||
      (row.deviations.data() == nullptr && !row.deviations.empty()))
    refuse(of + " has a list of deviations that is null or can be none");
  for (const Deviation& deviation : row.deviations) check_deviation(deviation, of);
}

}  // namespace loopmark
