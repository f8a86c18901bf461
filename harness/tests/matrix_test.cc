// SPDX-License-Identifier: MIT
#include "harness/matrix.h"

#include <gmock/gmock.h>

#include <sstream>

#include "harness/report.h"

namespace loopmark::harness {
namespace {

CellResult cell(const std::string& backend, const std::string& clause, Verdict verdict) {
  CellResult result;
  result.backend = backend;
  result.clause = clause;
  result.name = "Case";
  result.level = "MUST";
  result.verdict = verdict;
  return result;
}

std::vector<CellResult> some_cells() {
  return {cell("epoll", "TIME-BASIC-01", Verdict::kPass),
          cell("libev/epoll", "TIME-BASIC-01", Verdict::kDeviates),
          cell("epoll", "TIME-BASIC-02", Verdict::kPass),
          cell("libev/epoll", "TIME-BASIC-02", Verdict::kPass),
          cell("epoll", "CORE-RUN-01", Verdict::kFail),
          cell("libev/epoll", "CORE-RUN-01", Verdict::kNotSupported)};
}

TEST(Matrix, HasARowASectionAndAColumnABackend) {
  EXPECT_EQ(text_matrix(some_cells(), {}),
            "              libev\n"
            "       epoll  epoll\n"
            "CORE   0 F1   0 S1\n"
            "TIME   2      1 D1\n"
            "score  2/3    1/2\n"
            "       of 3   of 3\n"
            "\n"
            "P pass  F fail  S not_supported  D deviates\n");
}

TEST(Matrix, MayHaveARowAClause) {
  EXPECT_EQ(text_matrix(some_cells(), {.rows = MatrixStyle::Rows::kClauses}),
            "                      libev\n"
            "               epoll  epoll\n"
            "CORE-RUN-01    F      S\n"
            "TIME-BASIC-01  P      D\n"
            "TIME-BASIC-02  P      P\n"
            "score          2/3    1/2\n"
            "               of 3   of 3\n"
            "\n"
            "P pass  F fail  S not_supported  D deviates\n");
}

TEST(Matrix, IsNeverWiderThanTheTerminal) {
  std::vector<CellResult> cells;
  for (int i = 0; i < 40; ++i) {
    cells.push_back(cell("library/mechanism_" + std::to_string(i), "FD-ADD-01", Verdict::kPass));
  }
  for (const std::size_t width : {30U, 60U, 80U, 200U}) {
    std::istringstream lines(text_matrix(cells, {.width = width}));
    std::size_t headings = 0;
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(line.size(), width);
      for (std::size_t at = 0; (at = line.find("mechanism_", at)) != std::string::npos; ++at)
        ++headings;
    }
    EXPECT_EQ(headings, 40U) << "columns of a matrix " << width << " wide";
  }
}

TEST(Matrix, HasAMarkdownForm) {
  EXPECT_EQ(markdown_matrix(some_cells()),
            "| Backend | CORE | TIME | Score |\n"
            "|---|---:|---:|---|\n"
            "| `epoll` | 0 F1 | 2 | 2/3 of 3 |\n"
            "| `libev/epoll` | 0 S1 | 1 D1 | 1/2 of 3 |\n"
            "\n"
            "P pass  F fail  S not_supported  D deviates\n");
}

TEST(JUnit, CountsAndEscapes) {
  std::vector<CellResult> cells = some_cells();
  cells[4].outcome.message = "a < b & \"c\"\x01";
  const std::string xml = junit(cells);
  EXPECT_THAT(
      xml, testing::HasSubstr(
               "<testsuite name=\"epoll\" tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"0\">"));
  EXPECT_THAT(xml, testing::HasSubstr("<testsuite name=\"libev/epoll\" tests=\"3\" failures=\"0\" "
                                      "errors=\"0\" skipped=\"2\">"));
  EXPECT_THAT(xml, testing::HasSubstr("message=\"a &lt; b &amp; &quot;c&quot;?\""));
}

}  // namespace
}  // namespace loopmark::harness
