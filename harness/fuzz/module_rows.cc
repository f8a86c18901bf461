// SPDX-License-Identifier: MIT
//
// The table that a module hands over, as text: one fault a line.
//   no_table, no_rows, interface N, row_size N, count N       of the table
//   row                                                       one more, which is in order but for what follows
//   name TEXT, alias ..., description ..., library ..., mechanism ..., version ...
//   null FIELD N                                              the text is null, and N bytes long
//   long FIELD                                                it is longer than any memory
//   no_make, no_version, capabilities N, resolution N
//   deviation CLAUSE HOW, deviations N                        N: so many, at null
#include <algorithm>
#include <deque>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "harness/fuzz/fuzz_target.h"
#include "reactors/registry.h"
#include "reactors/row_check.h"

namespace loopmark::harness::fuzz {
namespace {

std::unique_ptr<Reactor> make() {
  return nullptr;
}
std::string version() {
  return "1";
}

/// A table, and the texts that it points to.
class Table {
 public:
  explicit Table(std::string_view text) {
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      std::string word;
      words >> word;
      take_of_table(word, words);
      if (!rows_.empty()) take_of_row(word, words, line);
    }
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (!rows_[i].deviations.empty() || deviations_[i].empty()) continue;
      rows_[i].deviations = deviations_[i];
    }
    module_.rows = has_rows_ ? rows_.data() : nullptr;
    // A count that is wrong by little cannot be told from a right one.
    module_.row_count = claimed_ > 1000 ? claimed_ : rows_.size();
  }

  const Module* get() const { return has_table_ ? &module_ : nullptr; }

 private:
  static std::uint64_t number(std::istringstream& words) {
    std::uint64_t value = 0;
    words >> value;
    return value;
  }

  void take_of_table(const std::string& word, std::istringstream& words) {
    if (word == "no_table") has_table_ = false;
    if (word == "no_rows") has_rows_ = false;
    if (word == "interface") module_.interface = static_cast<std::uint32_t>(number(words));
    if (word == "row_size") module_.row_size = static_cast<std::uint32_t>(number(words));
    if (word == "count") claimed_ = number(words);
    if (word == "row") add_row();
  }

  void add_row() {
    rows_.push_back({.name = "fuzzed",
                     .description = "a row",
                     .library = "none",
                     .mechanism = "epoll",
                     .compiled_version = "1",
                     .runtime_version = version,
                     .timer_resolution = Duration(1),
                     .make = make});
    deviations_.emplace_back();
  }

  std::string_view* field(const std::string& name) {
    Backend& row = rows_.back();
    const std::map<std::string, std::string_view*> fields{{"name", &row.name},
                                                          {"alias", &row.alias},
                                                          {"description", &row.description},
                                                          {"library", &row.library},
                                                          {"mechanism", &row.mechanism},
                                                          {"version", &row.compiled_version},
                                                          {"chance", &row.left_to_chance}};
    const auto found = fields.find(name);
    return found == fields.end() ? nullptr : found->second;
  }

  void take_of_row(const std::string& word, std::istringstream& words, const std::string& line) {
    Backend& row = rows_.back();
    if (std::string_view* const text = field(word)) {
      texts_.push_back(line.substr(std::min(line.size(), word.size() + 1)));
      *text = texts_.back();
    } else if (word == "null" || word == "long") {
      std::string name;
      words >> name;
      std::string_view* const bent = field(name);
      if (bent == nullptr) return;
      *bent = word == "null" ? std::string_view(nullptr, number(words))
                             : std::string_view("text", std::size_t{1} << 50);
    } else if (word == "no_make") {
      row.make = nullptr;
    } else if (word == "no_version") {
      row.runtime_version = nullptr;
    } else if (word == "capabilities") {
      row.capabilities = static_cast<Capability>(number(words));
    } else if (word == "resolution") {
      row.timer_resolution = Duration(static_cast<std::int64_t>(number(words)));
    } else if (word == "deviations") {
      row.deviations = {static_cast<const Deviation*>(nullptr), number(words)};
    } else if (word == "deviation") {
      add_deviation(words);
    }
  }

  void add_deviation(std::istringstream& words) {
    std::string clause;
    words >> clause;
    texts_.push_back(clause);
    deviations_.back().push_back({.clause = texts_.back(),
                                  .how = static_cast<Deviates>(number(words)),
                                  .reason = "so it is",
                                  .source = "",
                                  .program = ""});
  }

  Module module_;
  bool has_table_ = true;
  bool has_rows_ = true;
  std::uint64_t claimed_ = 0;
  std::vector<Backend> rows_;
  std::vector<std::vector<Deviation>> deviations_;  // of each row
  std::deque<std::string> texts_;
};

/// Reads all of a row, as those do who list it.
std::size_t read(const Backend& row) {
  std::size_t sum = row.runtime_version().size();
  for (const std::string_view text : {row.name, row.alias, row.description, row.library,
                                      row.mechanism, row.compiled_version, row.left_to_chance})
    sum += std::string(text).size();
  constexpr const char* kHow[] = {"fail", "crash", "timeout"};
  for (const Deviation& each : row.deviations)
    sum += std::string(each.clause).size() +
           std::string(kHow[static_cast<std::size_t>(each.how)]).size();
  return sum;
}

}  // namespace
}  // namespace loopmark::harness::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loopmark;
  using namespace loopmark::harness::fuzz;
  const Table table(text_of(data, size));
  try {
    check_table(table.get());
    Registry registry;
    for (std::size_t i = 0; i < table.get()->row_count; ++i) registry.add(table.get()->rows[i]);
    for (const Registry::Entry& entry : registry.entries())
      expect(read(*entry.row) > 0, "a row says something");
  } catch (const std::invalid_argument& error) {
    const std::string_view sentence = error.what();
    expect(sentence.find('\n') == std::string_view::npos && sentence.size() < 10000,
           "a refusal is one line");
  }
  return 0;
}
