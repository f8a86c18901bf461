// SPDX-License-Identifier: MIT
#include "conformance/programs/program.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace loopmark::conformance::programs {
namespace {

constexpr std::size_t kIndent = 2;

// In the order of Action::Kind.
constexpr Word kWords[kKinds] = {
    {"add_reader", 1, false},
    {"add_writer", 2, false},
    {"remove_reader", 1, false},
    {"remove_writer", 1, false},
    {"put", 2, false},
    {"half_close_peer", 1, false},
    {"close_peer", 1, false},
    {"reopen", 1, false},
    {"on_read", 1, true},
    {"on_write", 1, true},
    {"on_lost", 1, true},
    {"connect", 1, false},
    {"stop_connecting", 1, false},
    {"stop_listening", 1, false},
    {"write", 2, false},
    {"write_sequence", 2, false},
    {"lose_connection", 1, false},
    {"abort_connection", 1, false},
    {"lose_write_connection", 1, false},
    {"pause_producing", 1, false},
    {"resume_producing", 1, false},
    {"register_push", 1, false},
    {"register_pull", 2, false},
    {"unregister_producer", 1, false},
    {"on_made", 1, true},
    {"on_data", 1, true},
    {"on_end", 1, true},
    {"remove_all", 0, false},
    {"call_later", 1, true},
    {"cancel", 1, false},
    {"reset", 2, false},
    {"delay", 2, false},
    {"call_from_thread", 0, true},
    {"call_from_other", 0, true},
    {"throw", 0, false},
    {"stop", 0, false},
    {"crash", 0, false},
    {"run", 0, true},
    {"settle", 1, false},
};

void print(const Program& program, std::size_t depth, std::string& text) {
  for (const Action& action : program) {
    const Word& named = word(action.kind);
    text.append(depth * kIndent, ' ').append(named.name);
    if (named.numbers > 0) text.append(" ").append(std::to_string(action.first));
    if (named.numbers > 1) text.append(" ").append(std::to_string(action.second));
    text.append("\n");
    print(action.body, depth + 1, text);
  }
}

[[noreturn]] void refuse(std::size_t line, const std::string& why) {
  throw std::invalid_argument("line " + std::to_string(line) + ": " + why);
}

Action parse_action(const std::string& text, std::size_t line) {
  std::istringstream words(text);
  std::string name;
  words >> name;
  const auto* const found = std::find_if(std::begin(kWords), std::end(kWords),
                                         [&](const Word& each) { return each.name == name; });
  if (found == std::end(kWords)) refuse(line, "there is no action '" + name + "'");
  Action action{.kind = static_cast<Action::Kind>(found - kWords)};
  int taken = 0;
  for (int* const number : {&action.first, &action.second}) {
    if (taken++ == found->numbers) break;
    if (!(words >> *number) || *number < 0 || *number > 1'000'000) {
      refuse(line, name + " takes " + std::to_string(found->numbers) + " numbers, 0 to 1000000");
    }
  }
  std::string more;
  if (words >> more) refuse(line, "'" + more + "' is too much after " + name);
  return action;
}

}  // namespace

const Word& word(Action::Kind kind) {
  return kWords[static_cast<std::size_t>(kind)];
}

std::size_t size(const Program& program) {
  std::size_t sum = program.size();
  for (const Action& action : program) sum += size(action.body);
  return sum;
}

std::string to_text(const Program& program) {
  std::string text;
  print(program, 0, text);
  return text;
}

Program parse(std::string_view text) {
  Program program;
  std::vector<Program*> open{&program};  // by depth: where an action goes
  std::istringstream lines{std::string(text)};
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const std::size_t indent = line.find_first_not_of(' ');
    if (indent == std::string::npos || line[indent] == '#') continue;
    const std::size_t depth = indent / kIndent;
    if (indent % kIndent != 0 || depth >= open.size())
      refuse(number, "indented to no action that has a body");
    open.resize(depth + 1);
    Action& action = open.back()->emplace_back(parse_action(line, number));
    if (word(action.kind).has_body) open.push_back(&action.body);
  }
  return program;
}

}  // namespace loopmark::conformance::programs
