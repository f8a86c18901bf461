// SPDX-License-Identifier: MIT
#include "harness/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "harness/matrix.h"
#include "harness/score.h"
#include "harness/terminal.h"

namespace loopmark::harness {
namespace {

/// `text` with `indent` before every line after the first.
std::string indented(const std::string& text, std::size_t indent) {
  std::string result;
  for (const char c : text.substr(0, text.find_last_not_of('\n') + 1)) {
    result += c;
    if (c == '\n') result += std::string(indent, ' ');
  }
  return result;
}

std::string first_lines(const std::string& text, int most) {
  std::size_t end = 0;
  while (most-- > 0 && end != std::string::npos) end = text.find('\n', end + 1);
  return end == std::string::npos || end + 1 >= text.size() ? text.substr(0, end)
                                                            : text.substr(0, end) + "\n...";
}

std::string place(const CaseOutcome& outcome) {
  return outcome.file.empty() || outcome.message.empty()
             ? ""
             : fmt::format(" ({}:{})", outcome.file, outcome.line);
}

/// The name of a member, and what it is, which may have several lines.
std::string member(const char* name, const std::string& value) {
  return value.empty() ? "" : fmt::format("      {:<10} {}\n", name, indented(value, 17));
}

std::string joined(const std::vector<std::string>& lines, std::size_t most) {
  const std::size_t from = lines.size() > most ? lines.size() - most : 0;
  std::string text = from > 0 ? fmt::format("... {} before\n", from) : "";
  for (std::size_t i = from; i < lines.size(); ++i) text += lines[i] + "\n";
  return text;
}

/// `text` for XML: what is no character there is left out.
std::string escaped(const std::string& text) {
  static const std::map<char, std::string> entities{
      {'<', "&lt;"}, {'>', "&gt;"}, {'&', "&amp;"}, {'"', "&quot;"}};
  std::string result;
  for (const char c : text) {
    const auto entity = entities.find(c);
    const auto byte = static_cast<unsigned char>(c);
    if (entity != entities.end()) {
      result += entity->second;
    } else if ((byte >= ' ' && byte < 0x7f) || c == '\n' || c == '\t') {
      result += c;
    } else {
      result += '?';
    }
  }
  return result;
}

std::string junit_case(const CellResult& cell) {
  const std::string message = escaped(cell.outcome.message);
  std::string inner;
  if (cell.verdict == Verdict::kCrash || cell.verdict == Verdict::kTimeout) {
    inner = fmt::format("<error type=\"{}\" message=\"{}\">{}</error>", word(cell.verdict), message,
                        escaped(full_report(cell)));
  } else if (is_failure(cell.verdict)) {
    inner = fmt::format("<failure type=\"{}\" message=\"{}\">{}</failure>", word(cell.verdict),
                        message, escaped(full_report(cell)));
  } else if (cell.verdict != Verdict::kPass) {
    const std::string why = cell.deviation.empty() ? cell.outcome.message : cell.deviation;
    inner = fmt::format("<skipped message=\"{}: {}\"/>", escaped(verdict_text(cell)), escaped(why));
  }
  return fmt::format(
      "    <testcase classname=\"{}.{}\" name=\"{}\" time=\"{:.3f}\">{}</testcase>\n",
      escaped(cell.backend), cell.clause, escaped(cell.name), cell.seconds, inner);
}

std::size_t number_of(const VerdictCounts& counts, std::initializer_list<Verdict> verdicts) {
  std::size_t sum = 0;
  for (const Verdict verdict : verdicts) sum += counts.contains(verdict) ? counts.at(verdict) : 0;
  return sum;
}

}  // namespace

std::string log_name(const CellResult& cell) {
  std::string backend = cell.backend;
  std::replace(backend.begin(), backend.end(), '/', '.');
  return fmt::format("cells/{}/{}.{}.log", backend, cell.clause, cell.name);
}

std::string brief_report(const CellResult& cell, bool color) {
  std::string label(word(cell.verdict));
  std::transform(label.begin(), label.end(), label.begin(),
                 [](char c) { return c == '_' ? ' ' : static_cast<char>(std::toupper(c)); });
  const Paint paint = is_failure(cell.verdict) ? Paint::kBad : Paint::kNote;
  std::string text = fmt::format("{}  {}  {} ({})\n", painted(label, paint, color), cell.backend,
                                 cell.case_id(), cell.level);
  text += member("expected", cell.requirement);
  if (cell.verdict == Verdict::kUnexpectedPass) {
    text += member("observed", "it is kept, but the backend declares: " + cell.deviation);
  } else {
    text += member("observed", first_lines(cell.outcome.message, 20) + place(cell.outcome));
  }
  if (cell.verdict == Verdict::kFlaky)
    text += member("passed", fmt::format("{} of {} runs", cell.passes, cell.runs));
  text += member("log", joined(cell.outcome.log, 10));
  text += member("stacks", first_lines(cell.stacks, 12));
  return text + member("reproduce", cell.reproduce);
}

std::string full_report(const CellResult& cell) {
  std::string text = fmt::format("{}  {}  {} ({})\n", verdict_text(cell), cell.backend,
                                 cell.case_id(), cell.level);
  text += member("expected", cell.requirement);
  text += member("observed", cell.outcome.message + place(cell.outcome));
  text += member("deviation", cell.deviation);
  text += member("passed", fmt::format("{} of {} runs", cell.passes, cell.runs));
  text += member("evidence", cell.outcome.evidence);
  if (cell.outcome.waits >= 0) text += member("waits", std::to_string(cell.outcome.waits));
  text += member("reproduce", cell.reproduce);
  for (const auto& [title, body] :
       {std::pair("event log", joined(cell.outcome.log, cell.outcome.log.size())),
        std::pair("stacks", cell.stacks), std::pair("standard error", cell.errors),
        std::pair("standard output", cell.output)}) {
    if (!body.empty())
      text += fmt::format("\n--- {}\n{}{}", title, body, body.ends_with('\n') ? "" : "\n");
  }
  return text;
}

std::string junit(const std::vector<CellResult>& cells) {
  std::vector<std::string> order;
  std::map<std::string, std::vector<CellResult>> suites;
  for (const CellResult& cell : cells) {
    if (!suites.contains(cell.backend)) order.push_back(cell.backend);
    suites[cell.backend].push_back(cell);
  }
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"loopmark\">\n";
  for (const std::string& backend : order) {
    const VerdictCounts counts = count(suites[backend]);
    const std::size_t failures =
        number_of(counts, {Verdict::kFail, Verdict::kUnexpectedPass, Verdict::kFlaky});
    const std::size_t errors = number_of(counts, {Verdict::kCrash, Verdict::kTimeout});
    const std::size_t skipped =
        suites[backend].size() - failures - errors - number_of(counts, {Verdict::kPass});
    text += fmt::format(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">\n",
        escaped(backend), suites[backend].size(), failures, errors, skipped);
    for (const CellResult& cell : suites[backend]) text += junit_case(cell);
    text += "  </testsuite>\n";
  }
  return text + "</testsuites>\n";
}

std::string markdown(const std::string& id, const std::vector<CellResult>& cells, bool complete) {
  std::string text = fmt::format("# Conformance, run {}\n\n", id);
  if (!complete) text += "**This run is not complete.**\n\n";
  text += markdown_matrix(cells) + "\n" + summary(cells) + ".\n";
  const auto list = [&](const char* title, auto chosen, auto reason) {
    std::string items;
    for (const CellResult& cell : cells) {
      if (chosen(cell)) {
        items += fmt::format("- `{}` {}: {}: {}\n", cell.backend, cell.case_id(),
                             verdict_text(cell), reason(cell));
      }
    }
    if (!items.empty()) text += fmt::format("\n## {}\n\n{}", title, items);
  };
  list(
      "Failures", [](const CellResult& cell) { return is_failure(cell.verdict); },
      [](const CellResult& cell) { return indented(cell.outcome.message, 2); });
  list(
      "Declared deviations",
      [](const CellResult& cell) { return cell.verdict == Verdict::kDeviates; },
      [](const CellResult& cell) { return cell.deviation; });
  return text;
}

}  // namespace loopmark::harness
