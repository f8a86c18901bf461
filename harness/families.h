// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/bench_results.h"

namespace loopmark::harness {

/// What parameters_of() has taken apart, as text for people: "active=1, fds=100".
std::string text_of(const ParameterValues& values);

/// The number, not below 0, that `text` is, all of it.
std::optional<double> number_in(const std::string& text);

/// The results of one workload that differ in one numeric parameter alone, the smallest first: the
/// points of a curve.
struct Family {
  std::string workload;
  std::string parameter;
  ParameterValues others;
  std::vector<std::pair<double, const ScenarioResult*>> members;
};

/// All of them, also those of one member.
std::vector<Family> families_of(const std::vector<ScenarioResult>& results);

/// The labels of the arms that are shown in a family: those that all its members have.
std::vector<std::string> shown_arms(const Family& family);

/// An arm's points in a family, where it has a row: the parameter, and the median of what is compared.
std::vector<std::pair<double, double>> points_of(const Family& family, const std::string& label);

}  // namespace loopmark::harness
