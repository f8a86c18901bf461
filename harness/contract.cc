// SPDX-License-Identifier: MIT
#include "harness/contract.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <sstream>

namespace loopmark::harness {
namespace {

std::string trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

Clause clause_of(std::string_view row) {
  const std::vector<std::string> cells = table_cells(row);
  if (cells.size() != 5) {
    throw std::runtime_error(fmt::format("has {} cells, a clause has 5", cells.size()));
  }
  const std::string& level = cells[1];
  if (level != "MUST" && level != "SHOULD" && level != "MAY") {
    throw std::runtime_error("has level '" + level + "', expected MUST, SHOULD or MAY");
  }
  if (cells[4] != "case" && !cells[4].starts_with("reason: ")) {
    throw std::runtime_error("is judged by '" + cells[4] + "', expected 'case' or 'reason: ...'");
  }
  return {cells[0], level, cells[2], cells[4]};
}

/// "## 5. Time and delayed calls (TIME)", or nothing when it is another line.
std::optional<Section> heading(std::string_view line) {
  const std::size_t number_end = line.find(". ");
  const std::size_t prefix = line.rfind(" (");
  if (!line.starts_with("## ") || !line.ends_with(')') || number_end >= prefix) return std::nullopt;
  const std::size_t title = number_end + 2;
  return Section{.prefix = std::string(line.substr(prefix + 2, line.size() - prefix - 3)),
                 .title = std::string(line.substr(title, prefix - title)),
                 .counts = {},
                 .clauses = {}};
}

/// The id that a table row begins with, or nothing when it is no clause's: "TIME-BASIC-01", and not
/// "Clause" or "---".
std::string clause_id(std::string_view line) {
  const std::size_t end = line.find(" |", 2);
  if (!line.starts_with("| ") || end == std::string_view::npos) return "";
  const std::string_view id = line.substr(2, end - 2);
  const bool legal =
      id.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == std::string_view::npos;
  return legal && id.find('-') != std::string_view::npos ? std::string(id) : "";
}

}  // namespace

std::vector<std::string> table_cells(std::string_view row) {
  std::vector<std::string> cells;
  std::string cell;
  for (std::size_t i = 1; i < row.size(); ++i) {
    if (row[i] == '\\' && i + 1 < row.size() && row[i + 1] == '|') {
      cell += row[++i];
    } else if (row[i] == '|') {
      cells.push_back(trimmed(cell));
      cell.clear();
    } else {
      cell += row[i];
    }
  }
  return cells;
}

const Clause* Contract::find(std::string_view id) const {
  for (const Section& section : sections) {
    for (const Clause& clause : section.clauses) {
      if (clause.id == id) return &clause;
    }
  }
  return nullptr;
}

const Section* Contract::section_of(std::string_view clause_id) const {
  const std::string_view prefix = clause_id.substr(0, clause_id.find('-'));
  for (const Section& section : sections) {
    if (section.prefix == prefix) return &section;
  }
  return nullptr;
}

Contract parse_contract(std::string_view text) {
  Contract contract;
  std::set<std::string> ids;
  std::istringstream lines{std::string(text)};
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (auto section = heading(line)) {
      contract.sections.push_back(std::move(*section));
    } else if (contract.sections.empty()) {
      continue;
    } else if (line.starts_with("Clauses: ")) {
      contract.sections.back().counts = line.substr(9, line.find_last_not_of('.') + 1 - 9);
    } else if (const std::string id = clause_id(line); !id.empty()) {
      try {
        if (!ids.insert(id).second) throw std::runtime_error("repeats " + id);
        contract.sections.back().clauses.push_back(clause_of(line));
      } catch (const std::runtime_error& error) {
        throw std::runtime_error(fmt::format("CONTRACT.md:{}: the row {}", number, error.what()));
      }
    }
  }
  return contract;
}

const Contract& contract() {
  static const Contract parsed = parse_contract(contract_text());
  return parsed;
}

std::string counted(const Section& section) {
  const auto of_level = [&section](std::string_view level) {
    return std::count_if(section.clauses.begin(), section.clauses.end(),
                         [level](const Clause& clause) { return clause.level == level; });
  };
  return fmt::format("{} ({} MUST, {} SHOULD, {} MAY)", section.clauses.size(), of_level("MUST"),
                     of_level("SHOULD"), of_level("MAY"));
}

}  // namespace loopmark::harness
