// SPDX-License-Identifier: MIT
//
// A worker that speaks the protocol of loopmark-cases, and misbehaves on request: the case's name
// says how, and only the backend "fake/bad" does. No reactor is in it.
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/json.h"
#include "harness/result_line.h"

using loopmark::harness::Json;
using loopmark::harness::to_line;
using loopmark::harness::write_all;
using loopmark::harness::write_result_line;

namespace {

void tell(int fd, const std::string& verdict) {
  const Json result{{"verdict", verdict},
                    {"message", verdict == "fail" ? "1 callback was made, expected 0" : ""},
                    {"file", "fake.cc"},
                    {"line", 7},
                    {"log", {"added", "ready"}},
                    {"waits", 2},
                    {"evidence", "fake"}};
  write_result_line(fd, to_line(result));
}

int finish(int fd, const std::string& verdict, int status) {
  tell(fd, verdict);
  return status;
}

/// Takes memory until there is no more of it, and does not look for the exception.
int eat_memory() {
  std::vector<std::unique_ptr<char[]>> eaten;
  for (;;) eaten.push_back(std::make_unique_for_overwrite<char[]>(std::size_t{16} << 20));
}

[[noreturn]] void spin() {
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGALRM}) ::signal(number, SIG_IGN);
  for (volatile bool on = true; on;) {
  }
  std::abort();
}

/// A child that keeps all the pipes open, in the group or in a session of its own.
int linger(int fd, bool own_session) {
  if (::fork() == 0) {
    if (own_session) ::setsid();
    for (;;) ::pause();
  }
  return finish(fd, "pass", 0);
}

int close_everything() {
  ::close_range(0, ~0U, 0);
  return 0;
}

int write_garbage(int fd) {
  for (int i = 0; i < 40; ++i) write_all(fd, std::string(60000, static_cast<char>(i * 7)));
  return finish(fd, "pass", 0);
}

int tell_twice(int fd) {
  tell(fd, "pass");
  return finish(fd, "pass", 0);
}

/// Both halves of a line whose checksum does not fit.
int forge(int fd) {
  write_all(fd, "LM1 00000000 {\"verdict\":\"pass\"}\n");
  return 0;
}

int half_a_line(int fd) {
  const std::string line = loopmark::harness::result_line("{\"verdict\":\"pass\"}");
  write_all(fd, std::string_view(line).substr(0, line.size() / 2));
  return 0;
}

int overflow_stack(int depth) {
  if (depth < 0) return 0;
  volatile char page[4096];
  page[0] = static_cast<char>(depth);
  return overflow_stack(depth + 1) + page[0];
}

/// Passes or fails by the length of the file that the test names, which grows with each run.
int alternate(int fd) {
  const char* const path = std::getenv("LOOPMARK_FAKE_COUNTER");
  std::FILE* const file = path ? std::fopen(path, "a") : nullptr;
  if (file == nullptr) return 9;
  std::fputc('x', file);
  const bool odd = std::ftell(file) % 2 == 1;
  std::fclose(file);
  return odd ? finish(fd, "pass", 0) : finish(fd, "fail", 1);
}

using Behaviour = std::function<int(int fd)>;
const std::map<std::string, Behaviour>& behaviours() {
  static const std::map<std::string, Behaviour> all{
      {"Passes", [](int fd) { return finish(fd, "pass", 0); }},
      {"Fails", [](int fd) { return finish(fd, "fail", 1); }},
      {"NotSupported", [](int fd) { return finish(fd, "not_supported", 0); }},
      {"Segv", [](int) { return ::raise(SIGSEGV); }},
      {"Abort", [](int) -> int { std::abort(); }},
      {"StackOverflow", [](int) { return overflow_stack(0); }},
      {"ExitsEarly", [](int) { return 0; }},
      {"ExitsWithSeven", [](int fd) { return finish(fd, "pass", 7); }},
      {"Spins", [](int) -> int { spin(); }},
      {"Lingers", [](int fd) { return linger(fd, false); }},
      {"Escapes", [](int fd) { return linger(fd, true); }},
      {"ClosesDescriptors", [](int) { return close_everything(); }},
      {"WritesGarbage", write_garbage},
      {"TellsTwice", tell_twice},
      {"Forges", forge},
      {"TellsHalf", half_a_line},
      {"EatsMemory", [](int) { return eat_memory(); }},
      {"LiesAboutFailing", [](int fd) { return finish(fd, "fail", 0); }},
      {"PassesEverySecondTime", alternate},
      {"ClaimsToDeviate", [](int fd) { return finish(fd, "deviates", 1); }},
  };
  return all;
}

/// The case Name of the clause it is listed under; the ids are real ones, for the sections and
/// levels.
int list_cases() {
  int number = 0;
  for (const auto& [name, behaviour] : behaviours()) {
    char clause[32];
    std::snprintf(clause, sizeof clause, "FD-ADD-%02d", ++number);
    std::printf("%s\n", to_line({{"clause", clause},
                                 {"name", name},
                                 {"requirement", "The behaviour " + name + " is told apart."},
                                 {"catches", {"mutant/" + name}},
                                 {"file", "fake.cc"},
                                 {"line", number},
                                 {"needs", Json::array()}})
                            .c_str());
  }
  return 0;
}

Json row(const std::string& name, const std::string& library) {
  return {{"backend", name},
          {"alias", ""},
          {"description", "fake"},
          {"library", library},
          {"mechanism", "none"},
          {"compiled_version", "1"},
          {"runtime_version", "1"},
          {"library_path", ""},
          {"module", ""},
          {"capabilities", {"basic"}},
          {"timer_resolution_ns", 1},
          {"deviations", Json::array()},
          {"status", "ready"},
          {"reason", ""},
          {"evidence", "fake"}};
}

int probe(const std::string& module) {
  if (module.find("crashing") != std::string::npos) ::raise(SIGSEGV);
  if (module.find("mutant") != std::string::npos) {  // of the file's name, with the fault it says
    const std::string file = module.substr(module.rfind('/') + 1);
    for (const std::string base : {"good", "slow"}) {
      Json mutant = row("mutant/" + file.substr(0, file.find('.')) + "+" + base, "B01");
      mutant["mechanism"] = "fake/" + base;
      std::printf("%s\n", to_line(mutant).c_str());
    }
    return 0;
  }
  if (module != "builtin") {
    std::printf(
        "%s\n",
        to_line({{"module", module}, {"status", "refused"}, {"reason", module + ": is no module"}})
            .c_str());
    return 3;
  }
  for (const char* name : {"fake/good", "fake/bad", "fake/slow"})
    std::printf("%s\n", to_line(row(name, "fake")).c_str());
  Json declares = row("fake/declares", "fake");
  declares["deviations"] =
      Json::array({{{"clause", "FD-ADD-07"}, {"how", "fail"}, {"reason", "so it is"}},
                   {{"clause", "FD-ADD-13"}, {"how", "fail"}, {"reason", "it is not"}}});
  Json broken = row("fake/broken", "fake");
  broken["status"] = "unavailable";
  broken["reason"] = "the kernel refuses it";
  std::printf("%s\n%s\n", to_line(declares).c_str(), to_line(broken).c_str());
  return 0;
}

/// Whether the backend has the fault. A mutant's file may name the one row that has it: "Fails.good.so".
bool has_fault(const std::string& backend, const std::string& name, const std::string& module) {
  const std::string mutant = "mutant/" + name + "+";
  if (!backend.starts_with(mutant))
    return backend == "fake/bad" || (backend == "fake/declares" && name == "Fails");
  const std::string base = backend.substr(mutant.size());
  return module.ends_with("/" + name + ".so") || module.ends_with("/" + name + "." + base + ".so");
}

int run_case(const std::string& backend, const std::string& module, const std::string& id, int fd) {
  const std::string name = id.substr(id.find('/') + 1);
  if (backend == "fake/slow") ::usleep(20000);
  const auto found = behaviours().find(has_fault(backend, name, module) ? name : "Passes");
  return found == behaviours().end() ? 2 : found->second(fd);
}

}  // namespace

int main(int argc, char** argv) {
  ::signal(SIGSEGV, SIG_DFL);  // a sanitizer would make an exit of it
  std::map<std::string, std::string> options;
  for (int i = 1; i < argc; i += 2) options[argv[i]] = i + 1 < argc ? argv[i + 1] : "";
  if (options.contains("--list-cases")) return list_cases();
  if (options.contains("--probe")) return probe(options["--probe"]);
  return run_case(options["--backend"], options["--module"], options["--case"],
                  std::atoi(options["--result-fd"].c_str()));
}
