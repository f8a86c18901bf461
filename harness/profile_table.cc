// SPDX-License-Identifier: MIT
#include "harness/profile_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/text_table.h"

namespace loopmark::harness {
namespace {

using Rows = std::vector<std::vector<std::string>>;

/// A library in one version: the heading of a column.
std::string library_of(const BackendInfo& backend) {
  return backend.library + " " + backend.runtime_version;
}

/// "epoll+precise" of "libevent/epoll+precise".
std::string variant_of(const BackendInfo& backend) {
  return backend.name.substr(backend.name.find('/') + 1);
}

/// What some backends of one library have in common.
struct Group {
  std::string text;
  std::vector<std::string> variants;

  std::string names() const { return fmt::format("{}", fmt::join(variants, ", ")); }
};

/// The different texts among `cells` of one subject and one library, in order of the first of each.
template <class TextOf>
std::vector<Group> grouped(const std::vector<const ProfileCell*>& cells, TextOf text_of) {
  std::vector<Group> groups;
  for (const ProfileCell* const cell : cells) {
    const std::string text = text_of(*cell);
    const auto same = std::find_if(groups.begin(), groups.end(),
                                   [&text](const Group& group) { return group.text == text; });
    Group& group = same == groups.end() ? groups.emplace_back(Group{text, {}}) : *same;
    group.variants.push_back(variant_of(*cell->backend));
  }
  return groups;
}

std::string answers_of(const std::vector<const ProfileCell*>& cells) {
  const auto groups = grouped(cells, [](const ProfileCell& cell) {
    return cell.answer == "not-applicable" ? "n/a" : cell.answer;
  });
  if (groups.size() == 1) return groups.front().text;
  std::string text;
  for (const Group& group : groups)
    text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", group.text, group.names());
  return text;
}

std::string contract_of(const SubjectInfo& subject) {
  if (subject.clauses.empty()) return subject.contract;
  return fmt::format("{} ({})", subject.contract, fmt::join(subject.clauses, ", "));
}

std::string note_of(const ProfileCell& cell) {
  std::string note = cell.done;
  if (!cell.seen.empty()) note += (note.empty() ? "" : ": ") + cell.seen;
  if (!cell.source.empty()) note += " [" + cell.source + "]";
  return note;
}

/// The cells by row and column, both in order.
struct ProfileTable {
  std::vector<const SubjectInfo*> subjects;
  std::vector<std::string> libraries;
  const std::vector<ProfileCell>& cells;

  explicit ProfileTable(const std::vector<ProfileCell>& all) : cells(all) {
    for (const ProfileCell& cell : cells) {
      add_new(subjects, cell.subject);
      add_new(libraries, library_of(*cell.backend));
    }
  }

  std::vector<const ProfileCell*> at(const SubjectInfo& subject, const std::string& library) const {
    std::vector<const ProfileCell*> found;
    for (const ProfileCell& cell : cells) {
      if (cell.subject == &subject && library_of(*cell.backend) == library) found.push_back(&cell);
    }
    return found;
  }

 private:
  template <class Value>
  static void add_new(std::vector<Value>& list, const Value& value) {
    if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
  }
};

/// `row_of` gives the first column of a subject, `heading` that of a topic.
template <class RowOf, class Heading>
Rows rows_of(const ProfileTable& table, RowOf row_of, Heading heading) {
  std::vector<std::string> head{"Subject"};
  head.insert(head.end(), table.libraries.begin(), table.libraries.end());
  head.emplace_back("our contract");
  Rows rows{head};
  std::string topic;
  for (const SubjectInfo* const subject : table.subjects) {
    if (subject->topic != topic) rows.emplace_back(1, heading(topic = subject->topic));
    auto& row = rows.emplace_back(std::vector<std::string>{row_of(*subject)});
    for (const std::string& library : table.libraries)
      row.push_back(answers_of(table.at(*subject, library)));
    row.push_back(contract_of(*subject));
  }
  return rows;
}

/// `line` makes a line of a subject, the library with its mechanisms, and what is to be said.
template <class Line>
std::string notes_of(const ProfileTable& table, Line line) {
  std::string text;
  for (const SubjectInfo* const subject : table.subjects) {
    for (const std::string& library : table.libraries) {
      const auto groups = grouped(table.at(*subject, library), note_of);
      for (const Group& group : groups) {
        const std::string who =
            groups.size() == 1 ? library : fmt::format("{} ({})", library, group.names());
        text += line(*subject, who, group.text);
      }
    }
  }
  return text;
}

}  // namespace

std::string text_profile(const std::vector<ProfileCell>& cells, bool notes) {
  const ProfileTable table(cells);
  std::string text =
      text_table(rows_of(
                     table, [](const SubjectInfo& subject) { return "  " + subject.id; },
                     [](const std::string& topic) { return topic; }),
                 false);
  if (!notes) return text;
  return text + "\n" +
         notes_of(table,
                  [](const SubjectInfo& subject, const std::string& who, const std::string& note) {
                    return fmt::format("{}, {}: {}\n", subject.id, who, note);
                  });
}

std::string markdown_profile(const std::vector<ProfileCell>& cells) {
  const ProfileTable table(cells);
  const std::string rows =
      text_table(rows_of(
                     table,
                     [](const SubjectInfo& subject) {
                       return fmt::format("{} `{}`", subject.question, subject.id);
                     },
                     [](const std::string& topic) { return "**" + topic + "**"; }),
                 true);
  return rows + "\n" +
         notes_of(table,
                  [](const SubjectInfo& subject, const std::string& who, const std::string& note) {
                    return fmt::format("- `{}`, {}: {}\n", subject.id, who, note);
                  });
}

Json profile_json(const std::vector<ProfileCell>& cells) {
  const ProfileTable table(cells);
  Json whole{{"schema", "loopmark.profile/1"},
             {"subjects", Json::array()},
             {"backends", Json::array()},
             {"answers", Json::array()}};
  for (const SubjectInfo* const subject : table.subjects)
    whole["subjects"].push_back(to_json(*subject));
  std::vector<const BackendInfo*> backends;
  for (const ProfileCell& cell : cells) {
    if (std::find(backends.begin(), backends.end(), cell.backend) == backends.end()) {
      backends.push_back(cell.backend);
      whole["backends"].push_back(to_json(*cell.backend));
    }
    whole["answers"].push_back({{"backend", cell.backend->name},
                                {"subject", cell.subject->id},
                                {"answer", cell.answer},
                                {"done", cell.done},
                                {"seen", cell.seen},
                                {"source", cell.source}});
  }
  return whole;
}

}  // namespace loopmark::harness
