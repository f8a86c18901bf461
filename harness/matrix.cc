// SPDX-License-Identifier: MIT
#include "harness/matrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "harness/contract.h"
#include "harness/score.h"
#include "harness/terminal.h"

namespace loopmark::harness {
namespace {

using CellList = std::vector<CellResult>;

/// The cells by row and backend; both in order.
struct MatrixTable {
  std::vector<std::string> rows;
  std::vector<std::string> backends;
  std::map<std::pair<std::string, std::string>, CellList> cells;

  const CellList& at(const std::string& row, const std::string& backend) const {
    static const CellList none;
    const auto found = cells.find({row, backend});
    return found == cells.end() ? none : found->second;
  }
  CellList column(const std::string& backend) const {
    CellList all;
    for (const std::string& row : rows)
      all.insert(all.end(), at(row, backend).begin(), at(row, backend).end());
    return all;
  }
};

std::string section_prefix(const std::string& clause) {
  return clause.substr(0, clause.find('-'));
}

/// The place of a clause in the contract; one that is not in it comes last.
std::size_t place(const std::string& clause) {
  std::size_t number = 0;
  for (const Section& section : contract().sections) {
    for (const Clause& each : section.clauses) {
      if (each.id == clause) return number;
      ++number;
    }
  }
  return number;
}

MatrixTable arrange(const CellList& cells, MatrixStyle::Rows rows) {
  MatrixTable table;
  std::map<std::string, std::size_t> places;  // of rows
  for (const CellResult& cell : cells) {
    const std::string row =
        rows == MatrixStyle::Rows::kSections ? section_prefix(cell.clause) : cell.clause;
    if (!places.contains(row)) {
      places[row] = place(cell.clause);
      table.rows.push_back(row);
    }
    if (std::find(table.backends.begin(), table.backends.end(), cell.backend) ==
        table.backends.end()) {
      table.backends.push_back(cell.backend);
    }
    table.cells[{row, cell.backend}].push_back(cell);
  }
  std::stable_sort(table.rows.begin(), table.rows.end(),
                   [&places](const auto& a, const auto& b) { return places[a] < places[b]; });
  return table;
}

/// "12 F1 D2": how many passed, then the others by letter.
std::string counted(const CellList& cells) {
  VerdictCounts counts = count(cells);
  std::string text = cells.empty() ? "" : std::to_string(counts[Verdict::kPass]);
  for (const auto& [verdict, number] : counts) {
    if (verdict != Verdict::kPass && number > 0)
      text += fmt::format(" {}{}", letter(verdict), number);
  }
  return text;
}

std::string letters(const CellList& cells) {
  std::string text;
  for (const CellResult& cell : cells) text += letter(cell.verdict);
  return text;
}

Paint paint_for(const CellList& cells) {
  const VerdictCounts counts = count(cells);
  const auto any = [&counts](auto predicate) {
    return std::any_of(counts.begin(), counts.end(),
                       [&](const auto& each) { return predicate(each.first); });
  };
  if (any([](Verdict verdict) { return is_failure(verdict); })) return Paint::kBad;
  if (counts.contains(Verdict::kDeviates)) return Paint::kNote;
  return counts.contains(Verdict::kPass) ? Paint::kGood : Paint::kFaint;
}

struct Entry {
  std::string text;
  Paint paint = Paint::kPlain;
};

/// One column: two lines of heading (library, mechanism), an entry a row, and two lines of score.
std::vector<Entry> column_of(const MatrixTable& table, const std::string& backend,
                             MatrixStyle::Rows rows) {
  const std::size_t slash = backend.rfind('/');
  const bool split = slash != std::string::npos && slash > 0;
  std::vector<Entry> column{{split ? backend.substr(0, slash) : ""},
                            {split ? backend.substr(slash + 1) : backend}};
  for (const std::string& row : table.rows) {
    const CellList& cells = table.at(row, backend);
    column.push_back(
        {rows == MatrixStyle::Rows::kSections ? counted(cells) : letters(cells), paint_for(cells)});
  }
  const Score total = score(table.column(backend));
  column.push_back({fmt::format("{}/{}", total.passed, total.applicable)});
  column.push_back({fmt::format("of {}", total.total)});
  return column;
}

std::size_t width_of(const std::vector<Entry>& column) {
  std::size_t width = 0;
  for (const Entry& entry : column) width = std::max(width, entry.text.size());
  return width;
}

std::string legend(const CellList& cells) {
  std::string text;
  for (const auto& [verdict, number] : count(cells)) {
    text += fmt::format("{}{} {}", text.empty() ? "" : "  ", letter(verdict), word(verdict));
  }
  return text + "\n";
}

}  // namespace

std::string text_matrix(const CellList& cells, const MatrixStyle& style) {
  const MatrixTable table = arrange(cells, style.rows);
  std::vector<Entry> labels{{""}, {""}};
  for (const std::string& row : table.rows) labels.push_back({row});
  labels.insert(labels.end(), {{"score"}, {""}});
  const std::size_t label_width = width_of(labels);

  std::string text;
  for (std::size_t from = 0; from < table.backends.size();) {
    std::vector<std::vector<Entry>> block;
    std::size_t width = label_width;
    for (; from < table.backends.size(); ++from) {
      auto column = column_of(table, table.backends[from], style.rows);
      if (!block.empty() && width + 2 + width_of(column) > style.width) break;
      width += 2 + width_of(column);
      block.push_back(std::move(column));
    }
    for (std::size_t line = 0; line < labels.size(); ++line) {
      std::string row = fmt::format("{:<{}}", labels[line].text, label_width);
      for (const auto& column : block) {
        const std::string padding(width_of(column) - column[line].text.size(), ' ');
        row += "  " + painted(column[line].text, column[line].paint, style.color) + padding;
      }
      row.erase(row.find_last_not_of(' ') + 1);
      if (!row.empty()) text += row + "\n";
    }
    text += "\n";
  }
  return text + legend(cells);
}

std::string markdown_matrix(const CellList& cells) {
  const MatrixTable table = arrange(cells, MatrixStyle::Rows::kSections);
  std::string text = "| Backend |";
  std::string rule = "|---|";
  for (const std::string& row : table.rows) {
    text += fmt::format(" {} |", row);
    rule += "---:|";
  }
  text += " Score |\n" + rule + "---|\n";
  for (const std::string& backend : table.backends) {
    text += fmt::format("| `{}` |", backend);
    for (const std::string& row : table.rows)
      text += fmt::format(" {} |", counted(table.at(row, backend)));
    text += fmt::format(" {} |\n", to_string(score(table.column(backend))));
  }
  return text + "\n" + legend(cells);
}

}  // namespace loopmark::harness
