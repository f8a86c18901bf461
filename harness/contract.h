// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace loopmark::harness {

/// One sentence of the contract.
struct Clause {
  std::string id;     // "TIME-BASIC-01"
  std::string level;  // "MUST", "SHOULD" or "MAY"
  std::string requirement;
  std::string judged;  // "case", or "reason: ..." why no case judges it

  bool has_case() const { return judged == "case"; }
};

/// A part of the contract. `prefix` begins the ids of its clauses.
struct Section {
  std::string prefix;  // "TIME"
  std::string title;   // "Time and delayed calls"
  std::string counts;  // as the text has them: "44 (31 MUST, 10 SHOULD, 3 MAY)"
  std::vector<Clause> clauses;
};

struct Contract {
  std::vector<Section> sections;

  /// The clause of that id, or null.
  const Clause* find(std::string_view id) const;

  /// The section that `clause_id` belongs to, or null.
  const Section* section_of(std::string_view clause_id) const;
};

/// The contract that the program was built with: CONTRACT.md.
std::string_view contract_text();

/// Reads a contract: headings "## 5. Title (PREFIX)", a line "Clauses: ...", and tables with a row
/// a clause. Throws std::runtime_error with the line when a row is malformed, or an id stands there
/// twice.
Contract parse_contract(std::string_view text);

/// The cells of a row of a table in Markdown; "\|" in a cell is a bar.
std::vector<std::string> table_cells(std::string_view row);

/// The parsed contract_text().
const Contract& contract();

/// The counts as a section should have them, by its rows.
std::string counted(const Section& section);

}  // namespace loopmark::harness
