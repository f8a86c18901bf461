// SPDX-License-Identifier: MIT
//
// Section 1, Install, default and registry: the registry, and the choice of a backend by name.
//
// Two cases catch no mutant: a mutant is a reactor behind a row, and what becomes of names without a row, or of modules
// that were not built, is settled before any reactor is made.
#include <getopt.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "conformance/case.h"
#include "conformance/cases/child.h"
#include "conformance/cases/folder.h"
#include "conformance/probe.h"
#include "reactors/install.h"

namespace loopmark::conformance {
namespace {

/// Rows that note which of them was asked to make a reactor, and make what the backend under test makes.
std::vector<std::string> made;
const Backend* under_test = nullptr;

template <char name>
std::unique_ptr<Reactor> make_noted() {
  made.push_back({name});
  return under_test->make();
}

template <char name>
constexpr char kName[] = {name, '\0'};

template <char name>
Backend made_up_row(const Backend& like) {
  under_test = &like;
  Backend row = like;
  row.name = kName<name>;
  row.alias = {};
  row.make = make_noted<name>;
  return row;
}

/// A registry with the backend under test in it.
Registry registry_with(const Backend& backend) {
  Registry registry = Registry::built_in();
  if (registry.find(backend.name) == nullptr) registry.add(backend);
  return registry;
}

bool is_letter_of_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '+' || c == '/';
}

CASE("INST-REG-01", BackendIsListedAsWhatItIs,
     "the registry lists the backend once, under a short name and with one line that tells what it "
     "makes",
     "inst_makes_another_mechanism") {
  const Backend& row = t.backend();
  Registry registry = registry_with(row);
  const auto is_row = [&](const Registry::Entry& entry) { return entry.row->name == row.name; };
  EXPECT_EQ(std::count_if(registry.entries().begin(), registry.entries().end(), is_row), 1);
  EXPECT_EQ(registry.at(row.name).row->description, row.description);
  if (!row.alias.empty()) {
    EXPECT_EQ(registry.at(row.alias).row->name, row.name);
  }
  EXPECT_THROW(registry.add(row), std::invalid_argument) << "a name was given twice";

  EXPECT_FALSE(row.name.empty());
  EXPECT_LE(row.name.size(), 40u);
  EXPECT_TRUE(std::all_of(row.name.begin(), row.name.end(), is_letter_of_name)) << row.name;
  EXPECT_LE(std::count(row.name.begin(), row.name.end(), '/'), 1) << row.name;
  EXPECT_FALSE(row.description.empty());
  EXPECT_EQ(row.description.find('\n'), std::string_view::npos) << row.description;
  EXPECT_EQ(complaint_about(t.reactor(), row.mechanism), "");
}

CASE("INST-REG-02", InstallTakesTheBackendOfThatName,
     "of several registered backends the named one is made, installed and answered, and no other "
     "is touched",
     "inst_makes_another_mechanism") {
  EXPECT_EQ(in_a_child([&]() -> std::string {
              const Backend rows[] = {made_up_row<'a'>(t.backend()), made_up_row<'b'>(t.backend()),
                                      made_up_row<'c'>(t.backend())};
              Registry registry;
              for (const Backend& row : rows) registry.add(row);
              Reactor& answered = install_reactor("b", registry);
              if (made != std::vector<std::string>{"b"}) return "not made once, or not alone";
              if (&answered != &installed_reactor())
                return "another one is installed than answered";
              return complaint_about(answered, t.backend().mechanism);
            }),
            "");
}

CASE("INST-REG-03", UnknownNameInstallsNothing,
     "a name that is not registered throws NoSuchReactor, which tells the nearest one, and nothing "
     "is installed",
     "inst_unknown_is_the_first") {
  const Backend row = made_up_row<'a'>(t.backend());
  Registry registry;
  registry.add(row);
  EXPECT_THROW(install_reactor("no_such_backend", registry), NoSuchReactor);
  EXPECT_THROW(install_reactor("", registry), NoSuchReactor);
  EXPECT_FALSE(is_reactor_installed());
  EXPECT_TRUE(made.empty());
  const std::string near = std::string(t.backend().name) + "x";
  try {
    registry_with(t.backend()).at(near);
    ADD_FAILURE() << "there is a " << near;
  } catch (const NoSuchReactor& error) {
    EXPECT_NE(std::string(error.what()).find("'" + std::string(t.backend().name) + "'"),
              std::string::npos)
        << error.what();
  }
}

struct NotHere : std::runtime_error {
  NotHere() : runtime_error("not on this machine") {}
};

/// While it lives, the process may open no more files.
class NoMoreFiles {
 public:
  NoMoreFiles() {
    const int lowest_free = ::dup(STDIN_FILENO);
    ::close(lowest_free);
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit none{static_cast<rlim_t>(lowest_free), before_.rlim_max};
    if (::setrlimit(RLIMIT_NOFILE, &none) != 0) throw std::runtime_error("setrlimit");
  }
  NoMoreFiles(const NoMoreFiles&) = delete;
  NoMoreFiles& operator=(const NoMoreFiles&) = delete;
  ~NoMoreFiles() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

CASE("INST-REG-04", FailureToMakeComesThrough,
     "a backend that cannot be made here lets its own exception through, and leaves nothing "
     "installed",
     "inst_failure_without_reason") {
  Backend broken = t.backend();
  broken.name = "broken";
  broken.alias = {};
  broken.make = []() -> std::unique_ptr<Reactor> { throw NotHere(); };
  Registry registry = registry_with(t.backend());
  registry.add(broken);
  EXPECT_THROW(install_reactor("broken", registry), NotHere);
  EXPECT_FALSE(is_reactor_installed());

  int error = 0;
  std::string other;
  try {
    const NoMoreFiles limit;
    install_reactor(t.backend().name, registry);
  } catch (const std::system_error& refused) {
    error = refused.code().value();
  } catch (const std::exception& without_number) {
    other = without_number.what();
  }
  EXPECT_EQ(error, EMFILE) << other;
  EXPECT_FALSE(is_reactor_installed());
}

CASE("INST-REG-05", OptionInstallsWhileItIsParsed,
     "a backend chosen by an option is installed when that is parsed: what comes behind gets it, "
     "not the default",
     "inst_makes_another_mechanism") {
  EXPECT_EQ(
      in_a_child([&]() -> std::string {
        const Backend rows[] = {made_up_row<'a'>(t.backend()), made_up_row<'b'>(t.backend())};
        Registry registry;
        for (const Backend& row : rows) registry.add(row);
        std::string arguments[] = {"program", "--reactor=b", "--use"};
        char* argv[] = {arguments[0].data(), arguments[1].data(), arguments[2].data(), nullptr};
        const option options[] = {
            {"reactor", required_argument, nullptr, 'r'}, {"use", no_argument, nullptr, 'u'}, {}};
        std::string complaint = "the option behind was not met";
        for (int met; (met = ::getopt_long(3, argv, "", options, nullptr)) != -1;) {
          if (met == 'r') install_reactor(optarg, registry);
          if (met == 'u') complaint = complaint_about(installed_reactor(), t.backend().mechanism);
        }
        return made == std::vector<std::string>{"b"} ? complaint : "another one was made";
      }),
      "");
}

CASE("INST-REG-06", WhatCannotRunIsNotListed,
     "backends that were not built or cannot be loaded are no entries of the registry, but are "
     "told with their reason",
     "inst_missing_passed_over") {
  const Folder folder;
  std::ofstream(folder.path() / "library.missing")
      << "not built: install the library\nlibrary/one\nlibrary/two\n";
  std::ofstream(folder.path() / "broken.so") << "this is no shared object";
  Registry registry = registry_with(t.backend());
  const std::size_t listed = registry.entries().size();
  registry.load_folder(folder.path());
  EXPECT_EQ(registry.entries().size(), listed);
  EXPECT_NE(registry.find(t.backend().name), nullptr);
  EXPECT_THROW(registry.at("library/one"), NoSuchReactor);
  ASSERT_EQ(registry.unavailable().size(), 2u);
  const Unavailable& refused = registry.unavailable()[0];
  EXPECT_FALSE(refused.not_built);
  EXPECT_NE(refused.reason.find("broken.so"), std::string::npos) << refused.reason;
  const Unavailable& missing = registry.unavailable()[1];
  EXPECT_TRUE(missing.not_built);
  EXPECT_EQ(missing.name, "library");
  EXPECT_EQ(missing.reason, "not built: install the library");
  EXPECT_EQ(missing.backends, (std::vector<std::string>{"library/one", "library/two"}));
}

}  // namespace
}  // namespace loopmark::conformance
