// SPDX-License-Identifier: MIT
//
// Section 1, Install, default and registry: the process's one reactor. It stands above the rows; so the mutants of
// its choice stand before the library itself.
#include <cstdlib>

#include "conformance/case.h"
#include "conformance/cases/child.h"
#include "reactors/install.h"

namespace loopmark::conformance {

Reactor& installed_as_seen_elsewhere();  // inst_elsewhere.cc

namespace {

/// In a child, with LOOPMARK_REACTOR set to `named`, or not set.
std::string with_default(const char* named, const std::function<std::string()>& function) {
  return in_a_child([&] {
    if (named != nullptr) {
      ::setenv("LOOPMARK_REACTOR", named, 1);
    } else {
      ::unsetenv("LOOPMARK_REACTOR");
    }
    return function();
  });
}

CASE("INST-DEF-01", FirstUseInstallsTheDefault,
     "the first use of the process's reactor makes and installs one", "inst_default_is_not_kept") {
  EXPECT_EQ(with_default(nullptr,
                         []() -> std::string {
                           if (is_reactor_installed()) return "installed before its first use";
                           Reactor& first = installed_reactor();
                           if (!is_reactor_installed()) return "not installed by its first use";
                           if (&installed_reactor() != &first) return "made anew";
                           return complaint_about(first, "select");
                         }),
            "");
}

CASE("INST-DEF-02", VariableNamesTheDefault,
     "the default is what LOOPMARK_REACTOR names, else select", "inst_default_is_epoll") {
  EXPECT_EQ(default_backend("epoll", Registry::built_in()), "epoll");
  EXPECT_EQ(default_backend("", Registry::built_in()), "select");
  EXPECT_EQ(with_default("poll", [] { return complaint_about(installed_reactor(), "poll"); }), "");
}

CASE("INST-DEF-03", ChoiceInstallsNothing,
     "the choice is a function of the variable's value and the backends there are, and installs "
     "nothing",
     "inst_choice_installs") {
  Registry only_this;
  only_this.add(t.backend());
  EXPECT_EQ(default_backend(t.backend().name, only_this), t.backend().name);
  EXPECT_THROW(default_backend("no_such_backend", only_this), NoSuchReactor);
  EXPECT_THROW(default_backend("", Registry()), NoSuchReactor) << "there is no select";
  EXPECT_FALSE(is_reactor_installed());
}

CASE("INST-DEF-04", DefaultIsSelectUntilAnotherIsNamed,
     "without LOOPMARK_REACTOR the default is select, and an unknown name in it is told",
     "inst_default_is_epoll") {
  EXPECT_EQ(with_default(nullptr, [] { return complaint_about(installed_reactor(), "select"); }),
            "");
  EXPECT_EQ(with_default("", [] { return complaint_about(installed_reactor(), "select"); }), "");
  EXPECT_EQ(with_default("no_such_backend",
                         []() -> std::string {
                           try {
                             installed_reactor();
                             return "made in spite of its name";
                           } catch (const NoSuchReactor&) {
                             return is_reactor_installed() ? "installed" : "";
                           }
                         }),
            "");
}

CASE("INST-EXP-01", InstalledReactorIsEverybodys,
     "after install() every access, from any translation unit, gets that one reactor",
     "inst_makes_another_mechanism") {
  EXPECT_EQ(in_a_child([&]() -> std::string {
              Reactor& answered = install(t.backend().make());
              if (&installed_reactor() != &answered) return "another one here";
              if (&installed_as_seen_elsewhere() != &answered) return "another one elsewhere";
              return complaint_about(answered, t.backend().mechanism);
            }),
            "");
}

CASE("INST-EXP-02", SecondInstallThrows,
     "a second install() throws ReactorAlreadyInstalled, and the first reactor stays",
     "inst_makes_another_mechanism") {
  EXPECT_EQ(in_a_child([&]() -> std::string {
              Reactor& first = install(t.backend().make());
              try {
                install(t.backend().make());
                return "nothing was thrown";
              } catch (const ReactorAlreadyInstalled&) {
              }
              if (&installed_reactor() != &first) return "replaced";
              return complaint_about(first, t.backend().mechanism);
            }),
            "");
}

CASE("INST-EXP-03", DefaultCountsAsInstalled,
     "once the default was made by its first use, install() throws",
     "inst_default_can_be_replaced") {
  EXPECT_EQ(with_default(nullptr,
                         [&]() -> std::string {
                           installed_reactor();
                           try {
                             install(t.backend().make());
                             return "nothing was thrown";
                           } catch (const ReactorAlreadyInstalled&) {
                             return complaint_about(installed_reactor(), "select");
                           }
                         }),
            "");
}

CASE("INST-EXP-04", MakingInstallsNothing,
     "making reactors installs none, and each has a state of its own",
     "inst_delayed_calls_shared") {
  const auto one = t.make_reactor(), other = t.make_reactor();
  bool called = false;
  const auto call = one->call_later(0s, [&] { called = true; });
  EXPECT_FALSE(is_reactor_installed());
  EXPECT_EQ(one->get_delayed_calls().size(), 1u);
  EXPECT_EQ(other->get_delayed_calls().size(), 0u);
  other->call_later(1ms, [&] { other->stop(); });
  other->run();
  EXPECT_FALSE(called);
  EXPECT_FALSE(is_reactor_installed());
}

CASE("INST-EXP-05", LinkingInstallsNothing,
     "a program that links the library and calls nothing of it has no reactor installed",
     "inst_linking_installs") {
  EXPECT_FALSE(is_reactor_installed()) << "this process has called nothing that installs";
}

CASE("INST-EXP-06", PrivateReactorLeavesTheInstalledAlone,
     "work on a reactor that is handed over does not touch the installed one",
     "inst_delayed_calls_shared") {
  EXPECT_EQ(in_a_child([&]() -> std::string {
              Reactor& everybodys = install(t.backend().make());
              const auto own = t.backend().make();
              own->call_later(1ms, [&] { own->stop(); });
              own->add_system_event_trigger(Phase::kBefore, "shutdown",
                                            [&] { own->call_later(1h, [] {}); });
              own->run();
              if (!everybodys.get_delayed_calls().empty()) return "it has delayed calls";
              if (!everybodys.get_readers().empty()) return "it has readers";
              return {};
            }),
            "");
}

}  // namespace
}  // namespace loopmark::conformance
